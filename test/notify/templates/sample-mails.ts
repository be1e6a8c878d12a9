import { undecidedAlert } from '../../../jobs/communications/undecided-alert.ts';
import { breachAlert } from '../../../jobs/compliance-breaches/alert.ts';
import { type AlertedRegression, driftAlert } from '../../../jobs/compliance-drift/alert.ts';
import { evaluationAlert } from '../../../jobs/compliance-drift/evaluation-alert.ts';
import { frameworksAlert } from '../../../jobs/compliance-drift/frameworks-alert.ts';
import { alertFacts } from '../../../jobs/compliance-drift/alert-facts.ts';
import { forecastAlert } from '../../../jobs/compliance-drift/forecast/alert.ts';
import { newPolicyResult } from '../../../jobs/data-retention/result.ts';
import { waitingAlert } from '../../../jobs/data-retention/waiting-alert.ts';
import { quarantineAlert } from '../../../jobs/exchange-rates/quarantine-alert.ts';
import { deadlineOf } from '../../../jobs/expiry/deadline.ts';
import { digestsOf } from '../../../jobs/expiry/digest.ts';
import { digestTemplate } from '../../../jobs/expiry/digest-template.ts';
import { ownerListMessages, ownerListTemplate } from '../../../jobs/expiry/owner-list-message.ts';
import type { ItemKind } from '../../../jobs/expiry/item.ts';
import type { PlannedAlert } from '../../../jobs/expiry/plan.ts';
import { monthlyMessage } from '../../../jobs/summaries/monthly-message.ts';
import { comparedMonths } from '../../../jobs/summaries/overview/month.ts';
import { weekBefore } from '../../../jobs/summaries/week.ts';
import { weeklyMessage } from '../../../jobs/summaries/weekly-message.ts';
import { alertContext } from '../../../jobs/uar/alert/alert.ts';
import { findingsTemplate } from '../../../jobs/uar/alert/alert-template.ts';
import { endingAlert } from '../../../jobs/uar/alert/ending-alert.ts';
import { overdueMessage, overdueTemplate } from '../../../jobs/uar/alert/overdue-alert.ts';
import { decisionMessage } from '../../../src/decisions/decision-message.ts';
import { failingMessage, recoveredMessage } from '../../../src/job/failure-message.ts';
import { personDestination } from '../../../src/notify/create-notifier.ts';
import type { TemplateDefinition } from '../../../src/notify/notifier.ts';
import { headTemplate } from '../../../src/record/head-message.ts';
import type { JsonObject } from '../../../src/text/json.ts';

/** A mail as it would be rendered: `name` tells several of a template apart. */
export interface SampleMail {
  readonly name: string;
  readonly template: Pick<TemplateDefinition, 'name' | 'subject' | 'bodyHtml'>;
  readonly context: JsonObject;
}

/** The words that differ between an ordinary mail and one whose data wants to break it. */
export interface Words {
  readonly name: string;
  readonly text: string;
  readonly url: string;
}

export const ordinary: Words = {
  name: 'Quarterly access review',
  text: 'The rate of USD is quarantined. It moved by 31 % in a day',
  url: 'https://opsdeck.example.org',
};

const long = 'W'.repeat(180);
export const hostile: Words = {
  name: `<img src=x onerror=alert(1)>"'${long}</td></tr></table>`,
  text: `--${long} {{ zone }} ${'very '.repeat(80)}<script>alert(2)</script> /${'path/'.repeat(60)}`,
  url: `https://opsdeck.example.org/${long}`,
};

const at = new Date('2026-11-23T08:00:00Z');
const zone = 'Europe/Madrid';

export function sampleMails(words: Words): readonly SampleMail[] {
  return [
    ...driftMails(words),
    ...breachMails(words),
    ...digestMails(words),
    ...reviewMails(words),
    ...failureMails(words),
    ...forecastMails(words),
    headMail,
    undecidedMail(words),
    decisionMail(words),
    quarantineMail(words),
    endingMail(words),
    overdueMail(words),
    waitingMail(words),
    ...summaryMails(words),
  ];
}

function driftMails({ name, text, url }: Words): readonly SampleMail[] {
  const check = { runId: '0', snapshotId: 41, takenAt: at, zone, appBaseUrl: url };
  const control = { frameworkId: 1, framework: name, controlId: 'A.5.1', name };
  const rule = {
    id: 1,
    name,
    model: 'ActivityExecution',
    frequencyDays: 90,
    graceDays: 14,
    reason: null,
    about: name,
  };
  const regressions = (['non_compliant', 'warning', 'unknown'] as const).map((to, n): AlertedRegression => {
    const status = to === 'unknown' ? ('unknown' as const) : to;
    return {
      ...control,
      controlKey: n + 1,
      controlId: `${name} A.${n}`,
      from: 'compliant',
      to,
      severity: (['critical', 'high', 'medium'] as const)[n] ?? 'medium',
      cause: text,
      flapping: n === 1,
      facts: alertFacts(to, {
        ...rule,
        status,
        evidence: n === 0 ? null : { id: 7, day: '2026-08-20', daysSince: 95 },
      }),
    };
  });
  const messages = [
    driftAlert({ ...check, regressions, improvements: 2 }),
    evaluationAlert({
      ...check,
      unknown: [{ ...control, controlKey: 1, reason: text }],
      unknownControls: 70,
      applicable: 100,
      limit: 0.2,
    }),
    frameworksAlert({
      ...check,
      frameworks: [
        { frameworkId: 1, framework: name, cause: text, controls: 93, failing: 7, lastSnapshotId: 40 },
      ],
    }),
  ];
  return messages.map(({ template, context }) => ({ name: template.name, template, context }));
}

function breachMails({ name, text, url }: Words): readonly SampleMail[] {
  const breach = {
    ...{ rule_id: 1, rule_name: name, control_key: 1, control_id: name, control_name: name, framework: name },
    ...{
      framework_id: 1,
      model: 'ActivityExecution',
      frequency_days: 30,
      grace_period_days: 7,
      days_since: 41,
      about: text,
    },
    ...{ day: '2026-10-20', evidence_id: 5, reason: null, since: '2026-11-27', alerted_on: null },
    ...{ alerts: 2, named_by: null, why: 'repeated' as const },
  };
  const { template, context, contextFor } = breachAlert([breach, { ...breach, since: null, why: 'new' }], {
    ...{ runId: '0', takenAt: at, zone, appBaseUrl: url, recipients: [], repeat: 7 },
    ...{ administrators: new Set<string>(), ask: name },
  });
  return [
    { name: template.name, template, context },
    {
      name: `${template.name}, administrator`,
      template,
      context: { ...context, ...contextFor?.context },
    },
  ];
}

const digest = digestTemplate('Expiry Alert - Credentials', 'CREDENTIAL_EXPIRING');

function digestMails({ name, text, url }: Words): readonly SampleMail[] {
  const olga = personDestination({ address: 'olga@example.org', name: 'Olga', userId: 1, via: 'user' });
  const admin = personDestination({ address: 'ana@example.org', name: 'Ana', userId: 2, via: 'user' });
  const item = (kind: ItemKind, id: number, expiresOn: string): PlannedAlert['item'] => ({
    kind,
    id,
    name,
    key: expiresOn,
    expiresOn,
    thresholds: [7],
    happens: kind === 'subscription' ? 'renews' : 'expires',
    owner: null,
    detail: text,
    cost: { amount: 1200.5, currency: 'USD' },
    breakGlass: kind === 'credential',
    cancelBy: kind === 'subscription' ? '2026-11-25' : null,
    differences: kind === 'certificate' ? [text] : [],
  });
  const alert = (
    to: typeof olga,
    kind: ItemKind,
    id: number,
    daysLeft: number,
    day: string,
  ): PlannedAlert => ({
    item: item(kind, id, day),
    daysLeft,
    destination: to,
    reason: to === admin ? `its owner ${name} is archived` : null,
    ownerName: to === admin ? name : null,
    threshold: 7,
    covered: [],
    missed: kind === 'license' ? [14, 0] : [],
  });
  const all = (to: typeof olga) => [
    alert(to, 'certificate', 1, -2, '2026-11-21'),
    alert(to, 'subscription', 2, 12, '2026-12-05'),
    alert(to, 'credential', 3, 0, '2026-11-23'),
    alert(to, 'license', 4, 20, '2026-12-13'),
  ];
  const past = { item: item('credential', 9, '2025-01-01'), threshold: -30, owners: [olga] };
  const input = {
    today: '2026-11-23',
    zone,
    appBaseUrl: url,
    dedupeKey: 'key',
    eventOf: () => 'CREDENTIAL_EXPIRING',
    rates: null,
    past: [past],
    administrators: [{ id: 2, name, address: 'ana@example.org', archived: false }],
    fallback: null,
  };
  const [toOwner, toAdmin] = digestsOf([...all(olga), ...all(admin)], input);
  const [onlyPast] = digestsOf([], input);
  const named = [
    alert(admin, 'license', 5, 20, '2026-12-13'),
    alert(admin, 'subscription', 6, 12, '2026-12-05'),
  ];
  const [list] = ownerListMessages(
    named.map(({ destination, ...one }) => ({
      ...{ item: one.item, deadline: deadlineOf(one, input.today), destination, inList: true },
      ...{ why: `its owner ${name} is archived`, reason: '' },
    })),
    input,
  );
  const lists = [{ name: ownerListTemplate.name, template: ownerListTemplate, context: list?.context ?? {} }];
  const digests = Object.entries({ owner: toOwner, administrator: toAdmin, past: onlyPast }).map(
    ([to, message]) => ({
      name: `${digest.name}, ${to}`,
      template: digest,
      context: message?.context ?? {},
    }),
  );
  return [...digests, ...lists];
}

function reviewMails({ name, text, url }: Words): readonly SampleMail[] {
  const comparison = {
    id: 1,
    name,
    source_a_type: 'CSV',
    source_a_config: { path: `${name.replaceAll('/', '')}hr.csv` },
    source_b_type: 'CSV',
    source_b_config: { path: 'exports/accounts.csv' },
    key_field_a: 'email',
    key_field_b: 'email',
    field_mappings: null,
    schedule_type: 'daily',
    schedule_config: null,
    alert_on_left_only: true,
    alert_on_right_only: true,
    alert_on_mismatches: true,
    min_findings_threshold: 1,
    notification_channels: null,
    notification_recipients: null,
    auto_create_incidents: false,
    auto_incident_severity: null,
    settings: null,
    adopted_at: at,
  };
  const types = ['Right Only (B)', 'Left Only (A)', 'Mismatch', 'Duplicate Key (B)'] as const;
  const steps = {
    gone: 1,
    groups: types.map((type) => ({
      type,
      severity: 'critical' as const,
      novelty: 'new' as const,
      status: 'open' as const,
      excepted: false,
      findings: 1,
      appeared: 1,
    })),
    told: types.map((type) => ({
      finding_id: null,
      type,
      severity: 'critical' as const,
      key: name,
      novelty: type === 'Mismatch' ? ('recurred' as const) : ('new' as const),
      description: text,
    })),
  };
  const input = { comparison, executionId: 7, executedAt: at, zone, appBaseUrl: url, adopted: false, steps };
  const ask = { ask: `${name} (ana@example.org)` };
  return [
    {
      name: findingsTemplate.name,
      template: findingsTemplate,
      context: { ...alertContext(input), ...ask, administrator: false },
    },
    {
      name: `${findingsTemplate.name}, taken over`,
      template: findingsTemplate,
      context: { ...alertContext({ ...input, adopted: true }), ...ask, administrator: true },
    },
  ];
}

function forecastMails({ name, url }: Words): readonly SampleMail[] {
  const control = {
    ...{ id: 1, framework: name, controlId: `${name} A.1`, name, rule: null, attestation: null, turns: [] },
    status: 'warning' as const,
  };
  const turns = [
    { control, turn: { on: '2026-12-06', to: 'non_compliant' } },
    { control: { ...control, status: 'compliant' }, turn: { on: '2026-12-08', to: 'warning' } },
  ] as const;
  return [null, 7].map((owner) => {
    const { template, context } = forecastAlert(turns, owner, {
      ...{ runId: '0', takenAt: at, zone, appBaseUrl: url },
      administrators: [{ name, address: 'ana@example.org' }],
    });
    return { name: `${template.name}, ${owner === null ? 'administrator' : 'owner'}`, template, context };
  });
}

const headMail: SampleMail = {
  name: headTemplate.name,
  template: headTemplate,
  context: { day: '2026-11-23', hash: 'f'.repeat(64), number: 12 },
};

function undecidedMail({ name }: Words): SampleMail {
  const message = {
    ...{ number: 12, channel: 'email', destination: `${name}@example.org`, event_code: 'COMPLIANCE_DRIFT' },
    ...{ job: 'compliance-drift', title: name, due_at: at },
  };
  const { template, context } = undecidedAlert({
    ...{ runId: '0', held: 1, unknown: 1, zone },
    messages: [
      { ...message, state: 'held' },
      { ...message, state: 'unknown' },
    ],
  });
  return { name: template.name, template, context };
}

function decisionMail({ name, text }: Words): SampleMail {
  const { template, context } = decisionMessage(
    {
      what: `finding 12 (${name}) was marked as resolved`,
      reason: text,
      actor: 'ana@example.org',
      userId: 1,
      enteredBy: `os:${name}@desk`,
    },
    { id: '0b8f6a52', at, zone, ask: `${name} (olga@example.org)` },
  );
  return { name: template.name, template, context };
}

function endingMail({ name, text }: Words): SampleMail {
  const ending = { key: name, until: '2026-12-08', reason: text };
  const { template, context } = endingAlert(
    [
      { ...ending, id: 1, comparison: null },
      { ...ending, id: 2, comparison: name },
    ],
    [],
    '2026-11-24',
  );
  return { name: template.name, template, context };
}

function overdueMail({ name, text, url }: Words): SampleMail {
  const comparison = {
    ...{ id: 1, name, owner: null, escalate_to: null, recipients: [] },
    ...{ source_a_type: 'CSV', source_a_config: { path: `${name}.csv` } },
    ...{ source_b_type: 'API', source_b_config: { url } },
  };
  const finding = { execution_id: 41, comparison_id: 1, due: '2026-11-17', steps: [7], assignee_id: null };
  const { context } = overdueMessage(
    [
      { comparison, finding: { ...finding, id: 1, key: name, type: 'Right Only (B)', severity: 'critical' } },
      { comparison, finding: { ...finding, id: 2, key: text, type: 'Mismatch', severity: 'medium' } },
    ],
    personDestination({ address: 'ben@example.org', name, userId: 2, via: 'user' }),
    { appBaseUrl: url, administrator: true, ask: name },
  );
  return { name: overdueTemplate.name, template: overdueTemplate, context };
}

function quarantineMail({ name }: Words): SampleMail {
  const rate = {
    quote: 'TRY',
    base: 'EUR',
    provider: name,
    days: 1,
    oldest: '2026-11-24',
    newest: '2026-11-24',
  };
  const { template, context } = quarantineAlert(
    [
      { ...rate, rate: '50.5', compared_rate: '40.27', compared_date: '2026-11-23' },
      {
        ...rate,
        quote: 'QQA',
        days: 3,
        rate: `5.${'1'.repeat(60)}`,
        compared_rate: null,
        compared_date: null,
      },
    ],
    'key',
  );
  return { name: template.name, template, context };
}

function waitingMail({ name }: Words): SampleMail {
  const policy = newPolicyResult({
    name: name.replaceAll(/[^a-z]/gi, '_'),
    table: 'audit_log',
    action: 'archive_then_delete',
  });
  const waiting = { ...policy, due: 120, total: 200, accept: `${policy.policy}:120` };
  const { template, context } = waitingAlert(
    [
      { ...waiting, waits_for: 'first_run' },
      { ...waiting, waits_for: 'max_share', before: 3 },
    ],
    'key',
  );
  return { name: template.name, template, context };
}

function summaryMails({ name, text }: Words): readonly SampleMail[] {
  const occasion = { about: '2026-10', key: 'key', dueOn: '2026-11-02' };
  const line = { what: 'runs failed', value: 3, before: 1, detail: name, bad: true, next: 'list' };
  const overview = {
    compared: comparedMonths('2026-10', at, zone),
    sections: [
      {
        title: 'Jobs',
        notChecked: null,
        lines: [line, { ...line, what: 'controls met', of: 9, bad: false }],
      },
      { title: 'Messages', notChecked: text, lines: [] },
    ],
  };
  const matters = Array.from({ length: 31 }, (_, n) => ({
    ...{ severity: n === 0 ? ('critical' as const) : ('low' as const), about: name, what: text, since: at },
    next: 'runs show 6f1c0c1e',
  }));
  const runs = { succeeded: 97, failed: 1, missed: 4, failing: [name], missing: [name], idle: [] };
  const { present: week } = weekBefore('2026-11-02', zone);
  const weekly = (ofWeek: typeof runs, what: typeof matters) =>
    weeklyMessage({ status: { matters: what, jobs: 11, asked: 7 }, runs: ofWeek, week, zone }, occasion);
  return [
    monthlyMessage(overview, occasion),
    weekly(runs, matters),
    weekly({ ...runs, failed: 0, missed: 0 }, []),
  ].map(({ template, context }, n) => ({ name: `${template.name} ${n}`, template, context }));
}

function failureMails({ name, text }: Words): readonly SampleMail[] {
  const streak = {
    ...{ job: 'exchange-rates', firstRun: '0b8f6a52-6f0e-4b6e-9df2-1c1f0f6a7a11', firstAt: at, lastAt: at },
    ...{ lastRun: '0b8f6a52-6f0e-4b6e-9df2-1c1f0f6a7a11', failures: 2, day: 1, still: true },
    ...{ runner: `${name}:12`, errorCode: 'rate_quarantined', errorMessage: text, lastSuccessAt: at },
    ...{ errorNext: `rates accept USD --as ${name}`, effect: text },
  };
  const over = { job: 'exchange-rates', firstRun: '1', succeededAt: at, firstAt: at, failures: 2, missed: 1 };
  return [failingMessage(streak, zone), recoveredMessage({ ...over, effect: text }, zone)].map(
    ({ template, context }) => ({ name: template.name, template, context }),
  );
}
