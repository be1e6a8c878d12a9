import { Environment } from 'minijinja-js';
import { describe, expect, it } from 'vitest';
import { type DigestInput, digestsOf } from '../../../jobs/expiry/digest.ts';
import { digestTemplate } from '../../../jobs/expiry/digest-template.ts';
import type { ExpiringItem } from '../../../jobs/expiry/item.ts';
import type { PlannedAlert } from '../../../jobs/expiry/plan.ts';
import { personDestination } from '../../../src/notify/create-notifier.ts';
import { zero } from '../../../src/text/decimal.ts';

const template = digestTemplate('Expiry Alert', 'Renewals', 'SUBSCRIPTION_RENEWAL');

const input: DigestInput = {
  today: '2026-11-24',
  zone: 'Europe/Madrid',
  appBaseUrl: 'https://opsdeck.example',
  dedupeKey: 'key',
  eventOf: () => 'SUBSCRIPTION_RENEWAL',
  rates: null,
  baseline: 0,
};

function alert(change: Partial<ExpiringItem> = {}, rest: Partial<PlannedAlert> = {}): PlannedAlert {
  return {
    item: {
      kind: 'subscription',
      id: 1,
      name: 'CRM',
      key: '2026-11-27',
      expiresOn: '2026-11-27',
      thresholds: [7],
      happens: 'renews',
      owner: null,
      detail: 'SaaS',
      cost: { amount: 1200.5, currency: 'USD' },
      breakGlass: false,
      cancelBy: null,
      differences: [],
      ...change,
    },
    daysLeft: 3,
    destination: personDestination({ address: 'olga@example.org', name: 'Olga', userId: 1, via: 'user' }),
    reason: null,
    threshold: 7,
    covered: [],
    missed: [],
    ...rest,
  };
}

/** As the outbox renders: HTML autoescape by name, missing variables empty. */
function render(alerts: readonly PlannedAlert[], change: Partial<DigestInput> = {}) {
  const [message, ...others] = digestsOf(alerts, { ...input, ...change });
  expect(others).toEqual([]);
  const environment = new Environment();
  environment.undefinedBehavior = 'chainable';
  return {
    html: environment.renderNamedStr('body.html', template.bodyHtml, message?.context),
    subject: environment.renderNamedStr('subject.txt', template.subject, message?.context),
  };
}

it('a digest of 19 items carries each of them as data, with its id and page', () => {
  const items = Array.from({ length: 19 }, (_, n) =>
    alert({ id: n + 1, kind: 'credential', happens: 'expires' }),
  );
  const [message] = digestsOf(items, input);
  expect(message?.notice).toMatchObject({ severity: 'high', items_total: 19 });
  expect(message?.notice?.items.map(({ id }) => id)).toEqual(items.map(({ item }) => item.id));
  expect(message?.notice?.items[0]).toEqual({
    ...{ type: 'credential', id: 1, name: 'CRM', severity: 'high' },
    text: 'expires in 3 days (2026-11-27)',
    url: 'https://opsdeck.example/credentials/1',
  });
});

describe('the digest', () => {
  it('states of a single item in the subject what happens, and of several how many', () => {
    expect(render([alert()]).subject).toBe('Renewals: CRM renews in 3 days');
    expect(
      render([alert(), alert({ id: 2, kind: 'license', happens: 'expires' }, { daysLeft: -1 })]).subject,
    ).toBe('Renewals: 1 licence and 1 subscription, 1 past their end');
  });

  it('marks break glass, names the day to cancel by, what was missed, what is recorded wrongly, and why it was sent', () => {
    const { html } = render([
      alert(
        { breakGlass: true, cancelBy: '2026-11-25', differences: ['its name is a.example'] },
        { missed: [14, 0, -1], reason: 'its owner Gone is archived' },
      ),
    ]);
    for (const text of [
      'break glass',
      'Cancel by Wed 25 Nov 2026',
      'No run took place when this alert was due: 14 days before, on the day, 1 day after.',
      'Recorded wrongly: its name is a.example',
      'You get this because its owner Gone is archived.',
      'its owners have no address for alerts',
      'Cost: 1,200.50 USD',
    ]) {
      expect(html).toContain(text);
    }
    expect(render([alert()]).html).not.toMatch(/break glass|Cancel by|Recorded wrongly|You get this because/);
    expect(html.replaceAll('&#x2f;', '/')).toContain('<a href="https://opsdeck.example/subscriptions/1"');
    expect(render([alert()], { appBaseUrl: undefined }).html).not.toContain('<a ');
  });

  it('lists fifty and counts the rest, escapes names, and names what had expired before', () => {
    const { html } = render(
      Array.from({ length: 60 }, (_, id) => alert({ id, name: `<b>${id}</b>` })),
      { baseline: 312 },
    );
    expect(html.match(/&lt;b&gt;/g)).toHaveLength(50);
    expect(html).not.toContain('<b>');
    expect(html).toContain('and 10 more');
    expect(html).toContain('312 expired before monitoring began');
  });

  it('adds up costs of several currencies only where there are rates', () => {
    const alerts = [
      alert(),
      alert({ id: 2, cost: { amount: 100, currency: 'EUR' } }),
      alert({ id: 3, cost: { amount: 1, currency: 'XAU' } }),
    ];
    const rates = {
      base: 'EUR',
      rates: new Map([
        ['USD', zero.plus('0.5')],
        ['EUR', zero.plus(1)],
      ]),
    };
    expect(render(alerts.slice(0, 2), { rates }).html).toContain('Cost: about 700.25 EUR.');
    // A sum that left something out would look smaller than it is.
    expect(render(alerts, { rates }).html).toContain(
      'Cost: no total in EUR, because there is no exchange rate of XAU.',
    );
    expect(render(alerts).html).not.toContain('Cost:');
  });
});
