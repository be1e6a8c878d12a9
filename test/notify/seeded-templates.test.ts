import { describe, expect, it } from 'vitest';
import { breachAlert } from '../../jobs/compliance-breaches/alert.ts';
import { breachTemplate } from '../../jobs/compliance-breaches/alert-template.ts';
import { driftAlert } from '../../jobs/compliance-drift/alert.ts';
import { alertFacts } from '../../jobs/compliance-drift/alert-facts.ts';
import { driftTemplate } from '../../jobs/compliance-drift/alert-template.ts';
import { digestsOf } from '../../jobs/expiry/digest.ts';
import { digestTemplate } from '../../jobs/expiry/digest-template.ts';
import type { ItemKind } from '../../jobs/expiry/item.ts';
import { jobs } from '../../jobs/index.ts';
import { alertContext } from '../../jobs/uar/alert/alert.ts';
import { findingsTemplate } from '../../jobs/uar/alert/alert-template.ts';
import { personDestination } from '../../src/notify/create-notifier.ts';
import { createRenderer } from '../../src/notify/templates/renderer.ts';
import { printedVariables } from '../../src/notify/templates/used-variables.ts';
import type { JsonObject } from '../../src/text/json.ts';
import { opsdeckSeed } from '../support/opsdeck/opsdeck-sql.ts';

/** By name: subject and body of the templates that OpsDeck puts into a new database. */
const seeded = new Map(
  [
    ...opsdeckSeed('009')
      .join('\n')
      .matchAll(/\('([^']+)',\n '([^']+)',\n '([^']+)',/g),
  ].map(([, name = '', subject = '', bodyHtml = '']) => [name, { subject, bodyHtml }]),
);

const events = jobs.flatMap((job) => job.events ?? []);

const checked = new Date('2026-03-02T08:00:00Z');

const drift = driftAlert({
  runId: '0',
  snapshotId: 1,
  takenAt: checked,
  zone: 'Europe/Madrid',
  appBaseUrl: undefined,
  improvements: 1,
  regressions: (['critical', 'high', 'medium'] as const).map((severity, n) => ({
    frameworkId: 1,
    framework: 'ISO 27001',
    controlKey: n + 1,
    controlId: `A.${n + 1}`,
    name: `Control ${severity}`,
    from: 'compliant',
    to: 'non_compliant',
    severity,
    cause: 'evidence aged',
    flapping: false,
    facts: alertFacts(null, null),
  })),
});

const breach = breachAlert(
  [
    {
      rule_id: 3,
      rule_name: 'Backups are tested',
      control_key: 1,
      control_id: 'A.1',
      control_name: 'Backup',
      framework: 'ISO 27001',
      framework_id: 1,
      model: 'ActivityExecution',
      frequency_days: 30,
      grace_period_days: 7,
      days_since: 41,
      day: '2026-01-20',
      evidence_id: 5,
      reason: null,
      about: 'Backup test',
      since: '2026-02-27',
      alerted_on: null,
      alerts: 0,
      named_by: null,
      why: 'new',
    },
  ],
  {
    runId: '0',
    takenAt: checked,
    zone: 'Europe/Madrid',
    appBaseUrl: undefined,
    recipients: [],
    administrators: new Set(),
    ask: '',
    repeat: 7,
  },
);

const review = alertContext({
  comparison: {
    id: 1,
    name: 'HR and VPN',
    source_a_type: 'CSV',
    source_a_config: null,
    source_b_type: 'CSV',
    source_b_config: null,
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
    adopted_at: checked,
  },
  executionId: 7,
  executedAt: checked,
  zone: 'Europe/Madrid',
  appBaseUrl: 'https://opsdeck.example',
  adopted: false,
  steps: {
    gone: 0,
    told: [],
    groups: [
      {
        type: 'Right Only (B)',
        severity: 'critical',
        novelty: 'new',
        status: 'open',
        excepted: false,
        findings: 1,
        appeared: 1,
      },
    ],
  },
});

function digestOf(kind: ItemKind): JsonObject {
  const [message] = digestsOf(
    [
      {
        item: {
          kind,
          id: 1,
          name: 'Ledger',
          key: '2026-03-09',
          expiresOn: '2026-03-09',
          thresholds: [7],
          happens: 'expires',
          owner: null,
          detail: 'Example CA',
          cost: { amount: 900, currency: 'EUR' },
          breakGlass: false,
          cancelBy: null,
          differences: [],
        },
        daysLeft: 7,
        destination: personDestination({ address: 'bo@x.org', name: 'Bo', userId: 2, via: 'user' }),
        reason: null,
        ownerName: null,
        threshold: 7,
        covered: [],
        missed: [],
      },
    ],
    {
      today: '2026-03-02',
      zone: 'Europe/Madrid',
      appBaseUrl: undefined,
      dedupeKey: 'key',
      eventOf: () => 'LICENSE_EXPIRING',
      rates: null,
      past: [],
      administrators: [],
      fallback: null,
    },
  );
  if (message === undefined) throw new Error('no digest');
  return message.context;
}

const expiry = digestTemplate('Expiry', 'LICENSE_EXPIRING');

describe('each message has all variables of the template that OpsDeck seeds for it, and of ours', () => {
  it.each([
    [
      'Compliance Drift Alert - Regressions Detected',
      'COMPLIANCE_DRIFT',
      driftTemplate,
      drift.context,
      'A.2 Control high',
    ],
    [
      'Compliance Control Breach Alert',
      'COMPLIANCE_BREACH',
      breachTemplate,
      breach.context,
      '2026-01-20, 4 days overdue',
    ],
    ['UAR Alert - Findings Detected', 'UAR_FINDINGS', findingsTemplate, review, 'HR and VPN'],
    ['License Expiry Notification', 'LICENSE_EXPIRING', expiry, digestOf('license'), '2026-03-09'],
    [
      'Subscription Renewal Notification',
      'SUBSCRIPTION_RENEWAL',
      expiry,
      digestOf('subscription'),
      '2026-03-09',
    ],
    [
      'Credential Expiry Notification',
      'CREDENTIAL_EXPIRING',
      expiry,
      digestOf('credential'),
      'Ledger (Example CA)',
    ],
    [
      'Certificate Expiry Notification',
      'CERTIFICATE_EXPIRING',
      expiry,
      digestOf('certificate'),
      'issued by Example CA',
    ],
  ])('%s', async (name, event, ours, own, says) => {
    const context = { recipient_name: 'Bo', ...own };
    const theirs = seeded.get(name);
    if (theirs === undefined) throw new Error(`OpsDeck seeds no ${name}`);
    expect(name).not.toBe(ours.name);
    const { subject, bodyHtml } = theirs;
    const used = [...printedVariables(subject), ...printedVariables(bodyHtml)];
    const { variables = [] } = events.find(({ code }) => code === event) ?? {};
    expect(used.filter((variable) => !variables.includes(variable))).toEqual([]);
    expect(used.filter((variable) => (context as JsonObject)[variable] === undefined)).toEqual([]);
    const renderer = createRenderer();
    const render = (template: { readonly subject: string; readonly bodyHtml: string }) =>
      renderer.render({ ...template, context, form: 'mail' });
    expect((await render(theirs)).text).toContain(says);
    expect((await render({ subject: ours.subject, bodyHtml: ours.bodyHtml })).text).toMatch(
      /Control high|Backups are tested|HR and VPN|Ledger/,
    );
    await renderer.close();
  });
});

it.each([
  ['COMPLIANCE_DRIFT', drift.context],
  ['UAR_FINDINGS', review],
])('a template of an admin for %s may print all that its message has', (event, context) => {
  const { variables = [] } = events.find(({ code }) => code === event) ?? {};
  expect(variables.toSorted()).toEqual(Object.keys(context).toSorted());
});
