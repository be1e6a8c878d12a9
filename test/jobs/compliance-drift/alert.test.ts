import { Environment } from 'minijinja-js';
import { describe, expect, it } from 'vitest';
import { type AlertedRegression, driftAlert } from '../../../jobs/compliance-drift/alert.ts';
import { type AlertedUnknown, evaluationAlert } from '../../../jobs/compliance-drift/evaluation-alert.ts';
import { alertFacts } from '../../../jobs/compliance-drift/alert-facts.ts';
import type { DecidingRule } from '../../../jobs/compliance-drift/controls/deciding-rule.ts';
import { typedControl } from '../../../jobs/compliance-drift/controls/typed-control.ts';
import type { OutgoingMessage } from '../../../src/notify/notifier.ts';

const check = {
  runId: '0b8f6a52-6f0e-4b6e-9df2-1c1f0f6a7a11',
  snapshotId: 41,
  takenAt: new Date('2026-11-23T08:00:00Z'),
  zone: 'Europe/Madrid',
  appBaseUrl: 'https://opsdeck.example',
};

const rule: DecidingRule = {
  id: 5,
  name: 'Review of policies',
  status: 'non_compliant',
  model: 'ActivityExecution',
  frequencyDays: 90,
  graceDays: 14,
  evidence: { id: 7, day: '2026-08-01', daysSince: 114 },
  reason: null,
  about: 'Policy review',
};

function regression(change: Partial<AlertedRegression> = {}): AlertedRegression {
  return {
    frameworkId: 1,
    framework: 'ISO 27001',
    controlKey: 11,
    controlId: 'A.5.1',
    name: 'Policies for information security',
    from: 'compliant',
    to: 'non_compliant',
    severity: 'critical',
    cause: 'evidence aged past its limit',
    flapping: false,
    facts: alertFacts('non_compliant', rule),
    ...change,
  };
}

function unknown(change: Partial<AlertedUnknown> = {}): AlertedUnknown {
  return {
    frameworkId: 1,
    framework: 'ISO 27001',
    controlId: 'A.5.1',
    controlKey: 5,
    name: 'Policies',
    reason: 'criteria is not JSON',
    ...change,
  };
}

/** As the outbox renders: HTML autoescape by name, missing variables empty. */
function render(message: OutgoingMessage, context: unknown = message.context) {
  const environment = new Environment();
  environment.undefinedBehavior = 'chainable';
  return {
    html: environment.renderNamedStr('body.html', message.template.bodyHtml, context),
    subject: environment.renderNamedStr('subject.txt', message.template.subject, context),
  };
}

const rowsOf = (html: string) =>
  [...html.matchAll(/<strong>(?!To fix)([^<]*)<\/strong> [^<]/g)].map((match) => match[1]);

describe('the data of the alert about regressions', () => {
  it('has each regression with its id and page, the worst first, and how many there are', () => {
    const regressions = [regression({ severity: 'high', controlKey: 12 }), regression()];
    const { notice } = driftAlert({ ...check, improvements: 0, regressions });
    expect(notice).toMatchObject({ severity: 'critical', state: 'open', items_total: 2 });
    expect(notice?.items).toMatchObject([
      { type: 'control', id: 11, severity: 'critical', url: expect.stringMatching(/control\/11\/detail$/) },
      { type: 'control', id: 12, severity: 'high' },
    ]);
  });
});

describe('the mail about regressions', () => {
  it('shows how many at each level in the subject', () => {
    const message = driftAlert({
      ...check,
      improvements: 0,
      regressions: [regression(), regression({ severity: 'high' }), regression({ severity: 'medium' })],
    });
    expect(render(message).subject).toBe('Compliance drift: 3 regressions (1 critical, 1 high, 1 medium)');
  });

  it('speaks of one regression in the singular', () => {
    const { subject, html } = render(driftAlert({ ...check, improvements: 0, regressions: [regression()] }));
    expect(subject).toBe('Compliance drift: 1 regression (1 critical, 0 high, 0 medium)');
    expect(html).toContain('1 control has got worse');
  });

  it('shows framework, control, from, to, cause, the time in the business zone and a link', () => {
    const { html } = render(
      driftAlert({ ...check, improvements: 2, regressions: [regression({ flapping: true })] }),
    );
    expect(html).toContain('>ISO 27001</a>');
    expect(html).toContain('<strong>A.5.1</strong> Policies for information security</a>');
    expect(html.replaceAll('&#x2f;', '/')).toContain(
      'href="https://opsdeck.example/frameworks/control/11/detail"',
    );
    expect(html).toMatch(/>compliant →<\/span> <strong>non-compliant<\/strong>/);
    expect(html).toContain('evidence aged past its limit · keeps changing');
    expect(html).toContain('Monday 23 November 2026, 09:00 (Europe&#x2f;Madrid)');
    expect(html).toContain('2 improved');
    expect(html).toContain('href="https:&#x2f;&#x2f;opsdeck.example/frameworks/1"');
    expect(html).toContain('opsdeck-jobs report drift');
  });

  it('names the rule, what was last done and when, the limit, what fixes it, and when a warning becomes non-compliant', () => {
    const warned = alertFacts('warning', { ...rule, status: 'warning' });
    const never = alertFacts('non_compliant', { ...rule, evidence: null });
    const { html } = render(
      driftAlert({
        ...check,
        improvements: 0,
        regressions: [
          regression({ severity: 'high', to: 'warning', facts: warned }),
          regression({ facts: never }),
        ],
      }),
    );
    for (const text of [
      'Rule: Review of policies. Last done 114 days ago, on Sat 1 Aug 2026. Limit: every 90 days, and 14 days of grace.',
      '24 days overdue',
      'Non-compliant on Sat 14 Nov 2026 if nothing is done.',
      'Never done, as far as evidence counts.',
    ])
      expect(html).toContain(text);
    expect(html.match(/Non-compliant on/g)).toHaveLength(1);
    expect(alertFacts('warning', { ...rule, frequencyDays: 2_147_483_647 }).failsOn).toBe('');
    expect(alertFacts('uncovered', null).remedy).toBe('add a rule, or a link to what fulfils it');
  });

  it('has no link at all when the address of OpsDeck is not known', () => {
    const { html } = render(
      driftAlert({ ...check, appBaseUrl: undefined, improvements: 0, regressions: [regression()] }),
    );
    expect(html).not.toContain('href');
  });

  it('lists the worst fifty, whatever order and framework they come in, and counts the others', () => {
    const medium = Array.from({ length: 60 }, (_, index) =>
      regression({ controlId: `M-${index}`, severity: 'medium' }),
    );
    const message = driftAlert({
      ...check,
      improvements: 0,
      regressions: [...medium, regression({ frameworkId: 2, framework: 'Zeta', controlId: 'Z-1' })],
    });
    const { html } = render(message);
    const rows = rowsOf(html);
    expect(rows).toHaveLength(50);
    expect(rows[0]).toBe('Z-1');
    expect(html).toContain('and 11 more');
  });

  it('orders identifiers as people count: AC-2 before AC-10', () => {
    const message = driftAlert({
      ...check,
      improvements: 0,
      regressions: [regression({ controlId: 'AC-10' }), regression({ controlId: 'AC-2' })],
    });
    expect(rowsOf(render(message).html)).toEqual(['AC-2', 'AC-10']);
  });

  it('shows markup in names as text: no name becomes a tag, an attribute or a template', () => {
    const hostile = '<script>alert(1)</script>"\'><img src=x onerror=y> {{ zone }} {% raw %}';
    const { html } = render(
      driftAlert({
        ...check,
        appBaseUrl: 'https://x.example/"><script>',
        improvements: 0,
        regressions: [
          regression({ framework: hostile, controlId: hostile, name: hostile, cause: hostile, to: hostile }),
        ],
      }),
    );
    expect(html).not.toMatch(/<script|<img/);
    // Inside an attribute, too: the quote that would end it is escaped.
    expect(html).toContain('href="https:&#x2f;&#x2f;x.example&#x2f;&quot;&gt;&lt;script&gt;/frameworks"');
    expect(html).toContain('{{ zone }} {% raw %}');
  });

  it('has no style block: channels that strip the tags would send it as text', () => {
    const { html } = render(driftAlert({ ...check, improvements: 0, regressions: [regression()] }));
    expect(html).not.toContain('<style');
    // Nor of what only Outlook reads.
    expect(html.replaceAll(/<[^>]+>/g, '')).not.toMatch(/mso|endif/);
  });

  it('renders, empty, when the variables are missing: a released row must not break the other dispatcher', () => {
    const message = driftAlert({ ...check, improvements: 0, regressions: [regression()] });
    expect(render(message, {}).html).toContain('</html>');
  });

  it('goes to administrators once a run, about the snapshot', () => {
    const message = driftAlert({ ...check, improvements: 0, regressions: [regression()] });
    expect(message).toMatchObject({
      event: { code: 'COMPLIANCE_DRIFT', channels: ['email'] },
      recipients: [{ kind: 'role', role: 'admin' }],
      targetType: 'compliance_audit',
      targetId: 41,
      dedupeKey: 'compliance-drift:regressions:0b8f6a52-6f0e-4b6e-9df2-1c1f0f6a7a11',
    });
    expect(message.template.name).toBe('Drift Alert - Controls That Got Worse');
  });

  it('fits the columns of OpsDeck', () => {
    const message = driftAlert({ ...check, improvements: 0, regressions: [] });
    expect(message.template.name.length).toBeLessThanOrEqual(100);
    expect(message.template.subject.length).toBeLessThanOrEqual(255);
    expect(message.template.category.length).toBeLessThanOrEqual(50);
    expect(message.event.code.length).toBeLessThanOrEqual(50);
  });
});

describe('the mail about an incomplete evaluation', () => {
  const message = evaluationAlert({
    ...check,
    applicable: 8,
    unknownControls: 3,
    limit: 0.2,
    unknown: [unknown(), unknown({ controlId: 'A.5.2' }), unknown({ controlId: 'A.5.3' })],
  });

  it('shows how much is unknown, what is tolerated and why', () => {
    const { html, subject } = render(message);
    expect(subject).toBe('Compliance check incomplete: 3 of 8 controls could not be evaluated');
    expect(html).toContain('37.5 %');
    expect(html).toContain('20 %');
    expect(html).toContain('criteria is not JSON');
  });

  it('does not take the place of the regressions: its key and its template are its own', () => {
    expect(message.dedupeKey).toBe('compliance-drift:evaluation:0b8f6a52-6f0e-4b6e-9df2-1c1f0f6a7a11');
    expect(message.template).toMatchObject({
      name: 'Drift Alert - Evaluation Incomplete',
      secondary: true,
    });
  });

  it('lists fifty and counts the others', () => {
    const many = evaluationAlert({
      ...check,
      applicable: 100,
      unknownControls: 77,
      limit: 0.2,
      unknown: Array.from({ length: 77 }, (_, index) => unknown({ controlId: `C-${index}` })),
    });
    const { html } = render(many);
    expect(rowsOf(html)).toHaveLength(50);
    expect(html).toContain('and 27 more');
  });

  it('counts as others all that are not named, also when few are', () => {
    const few = evaluationAlert({
      ...check,
      applicable: 9,
      unknownControls: 8,
      limit: 0.2,
      unknown: [unknown()],
    });
    expect(render(few).html).toContain('and 7 more');
  });
});

describe('a control as it can be typed', () => {
  it.each([
    ['AC-2', 'AC-2 --framework 3'],
    ['A.5.1', 'A.5.1 --framework 3'],
    // A number would be looked for as an identifier first, and words of a shell are no identifier.
    ['12', '17 --framework 3'],
    ['AC 2', '17 --framework 3'],
    ['$(reboot)', '17 --framework 3'],
    ['--help', '17 --framework 3'],
  ])('%s', (identifier, typed) => {
    expect(typedControl(identifier, 17, 3)).toBe(typed);
  });
});
