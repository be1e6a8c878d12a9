import { Environment } from 'minijinja-js';
import { describe, expect, it } from 'vitest';
import { type DigestInput, digestsOf } from '../../../jobs/expiry/digest.ts';
import { digestTemplate } from '../../../jobs/expiry/digest-template.ts';
import type { ExpiringItem } from '../../../jobs/expiry/item.ts';
import type { PlannedAlert } from '../../../jobs/expiry/plan.ts';
import { personDestination } from '../../../src/notify/create-notifier.ts';
import { zero } from '../../../src/text/decimal.ts';

const template = digestTemplate('Expiry Alert', 'SUBSCRIPTION_RENEWAL');

const input: DigestInput = {
  today: '2026-11-24',
  zone: 'Europe/Madrid',
  appBaseUrl: 'https://opsdeck.example',
  dedupeKey: 'key',
  eventOf: () => 'SUBSCRIPTION_RENEWAL',
  rates: null,
  past: [],
  administrators: [{ id: 9, name: 'Ana', address: 'ana@example.org', archived: false }],
  fallback: null,
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
    ownerName: null,
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
  it('has the first deadline in its subject, and how many more', () => {
    expect(render([alert()]).subject).toBe('CRM renews in 3 days');
    expect(
      render([alert(), alert({ id: 2, kind: 'license', happens: 'expires' }, { daysLeft: -1 })]).subject,
    ).toBe('CRM expired yesterday, and 1 subscription');
    const credentials = ['svc-backup', 'svc-mail', 'svc-web'].map((name, n) =>
      alert(
        { id: n, kind: 'credential', happens: 'expires', name, expiresOn: '2026-11-24' },
        { daysLeft: 0 },
      ),
    );
    expect(render(credentials).subject).toBe('svc-backup expires today, and 2 more credentials');
    // What must be cancelled tomorrow comes before what ends in three days.
    const later = alert(
      { id: 7, name: 'Wiki', expiresOn: '2026-12-24', cancelBy: '2026-11-25' },
      { daysLeft: 30 },
    );
    expect(render([alert(), later]).subject).toBe(
      'Wiki can be cancelled for 1 more day, and 1 more subscription',
    );
    expect(render([later]).html).toContain('subscription · renews Thu 24 Dec 2026');
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

  it('lists fifty and counts the rest, and escapes names', () => {
    const { html } = render(Array.from({ length: 60 }, (_, id) => alert({ id, name: `<b>${id}</b>` })));
    expect(html.match(/&lt;b&gt;\d+&lt;&#x2f;b&gt;<\/a>/g)).toHaveLength(50);
    expect(html).not.toContain('<b>');
    expect(html).toContain('and 10 more');
  });

  it('names what had ended before in the first mail of its owner; administrators get how many', () => {
    const owner = alert().destination;
    const past = ['Old', 'Older'].map((name) => ({
      item: alert({ kind: 'credential', happens: 'expires', name, expiresOn: '2025-01-01' }).item,
      threshold: -30,
      owners: [owner],
    }));
    const mine = render([alert()], { past });
    expect(mine.html).toContain('2 credentials of yours had ended before alerts began');
    expect(mine.html).toContain('credential · expired Wed 1 Jan 2025');
    expect(mine.html).not.toContain('before monitoring began');
    expect(mine.html).toContain('ask Ana (ana@example.org), who can silence it');
    expect(mine.html).not.toContain('opsdeck-jobs');
    expect(render([], { past }).subject).toBe('Old and 1 more credential had ended before alerts began');
    const ana = personDestination({ address: 'ana@example.org', name: 'Ana', userId: 9, via: 'user' });
    const hers = render([alert({}, { destination: ana })], {
      past: past.map((one) => ({ ...one, owners: [] })),
    });
    expect(hers.html).toContain('2 expired before monitoring began');
    expect(hers.html).toContain('opsdeck-jobs expiry ack subscription:1');
    expect(hers.html).not.toContain('Older');
  });

  it('names each owner in a shared channel, and to people only where the item is not theirs', () => {
    const shared = { ...alert().destination, channel: 'slack' as const, recipient_email: null };
    const [message] = digestsOf(
      [alert({}, { destination: shared, ownerName: 'Olga' }), alert({ id: 2 }, { destination: shared })],
      input,
    );
    expect(message?.notice?.items.map(({ text }) => text)).toEqual([
      'renews in 3 days (2026-11-27), owner: Olga',
      'renews in 3 days (2026-11-27), no owner',
    ]);
    expect(render([alert()]).html).not.toContain('owner:');
  });

  it('has one sum for each currency, and one of all only where there are rates', () => {
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
    expect(render(alerts.slice(0, 2), { rates }).html).toContain(
      'Cost: 100.00 EUR, 1,200.50 USD (about 700.25 EUR in all).',
    );
    // A sum of all that left something out would look smaller than it is.
    expect(render(alerts, { rates }).html).toContain('Cost: 100.00 EUR, 1,200.50 USD, 1.00 XAU.');
    expect(render(alerts).html).toContain('Cost: 100.00 EUR, 1,200.50 USD, 1.00 XAU.');
  });
});
