import type { Report } from '../job/report.ts';
import { count } from '../text/count.ts';
import type { OpsdeckFacts, OpsdeckTraces, RoleFacts } from './read-opsdeck.ts';

/** Pure: what was found, for people. */
export function presentOpsdeck(facts: OpsdeckFacts, { role, roles }: RoleFacts): Report {
  const rows = [
    ['revision', facts.revision ?? 'not known'],
    ['size', `${Math.ceil(facts.bytes / 1_048_576)} MiB`],
    ['active users', String(facts.users)],
    ['controls', String(facts.controls)],
    ['subscriptions, licences', `${facts.subscriptions}, ${facts.licenses}`],
    ['credentials, certificates', `${facts.credentials}, ${facts.certificates}`],
    ['access reviews', String(facts.comparisons)],
    ['messages in the queue', String(facts.queued)],
    ['role of the connection', role],
    ['roles of opsdeck-jobs', roles.length === 0 ? 'not there yet' : roles.join(', ')],
  ];
  return [
    { kind: 'heading', text: 'OpsDeck as it was found' },
    { kind: 'table', columns: ['What', 'Found'], rows },
    facts.admins > 0
      ? { kind: 'line', text: `Alerts reach ${count(facts.admins, 'administrator')} with an address.` }
      : {
          kind: 'line',
          text: 'No administrator has an address: alerts reach no person.',
          tone: 'warning',
        },
    { kind: 'heading', text: "OpsDeck's own jobs" },
    { kind: 'table', columns: ['Job', 'Newest trace', 'What it repeats'], rows: traceRows(facts.traces) },
    { kind: 'line', text: 'The chapter "With OpsDeck" of the manual has how to silence each.' },
  ];
}

/** OpsDeck has no record of its jobs' runs: what they wrote is all that shows them. */
function traceRows(traces: OpsdeckTraces): readonly (readonly string[])[] {
  const at = (text: string | null) => text?.slice(0, 16) ?? 'no trace';
  return [
    ['renewals and licences', at(traces.notices), 'an alert on one day before the end'],
    ['credentials, certificates', 'leaves no trace', 'mails 30, 14, 7 and 1 days before the end'],
    ['event rules', rulesWords(traces.rules), 'nothing: its messages are adopted'],
    ['queue', at(traces.sent), 'nothing: it leaves adopted messages alone'],
    ['exchange rates', at(traces.rates), 'rows in exchange_rate'],
    [
      'access reviews',
      `${at(traces.reviews)}; ${traces.scheduled} scheduled`,
      'the execution, not its messages',
    ],
    ['drift', at(traces.snapshots), 'a snapshot on Mondays; its mail never leaves'],
  ];
}

function rulesWords(rules: number | null): string {
  return rules === null ? 'not in this revision' : `${rules} enabled`;
}
