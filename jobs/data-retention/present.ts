import type { Report, ReportBlock } from '../../src/job/report.ts';
import { count } from '../../src/text/count.ts';
import { acceptCommand, type PolicyResult, type RetentionResult } from './result.ts';

const verbs: Readonly<Record<string, string>> = {
  archive_then_delete: 'archived and deleted',
  archive_only: 'archived',
  delete: 'deleted',
  anonymise: 'anonymised',
};

/** The disposal report of a run; in a dry run what it would dispose of. */
export function presentRetention(result: RetentionResult): Report {
  const { policies, policies_off: off, dry_run: dry } = result;
  if (policies.length === 0) {
    return [
      {
        kind: 'line',
        text: `No retention policy is switched on${off === 0 ? '' : ` (${off} ${off === 1 ? 'is' : 'are'} switched off)`}: nothing is archived or deleted.`,
      },
      {
        kind: 'line',
        text: 'Switch one on in the configuration file, such as {"jobs":{"data-retention":{"settings":{"built_in":{"audit_log":{"enabled":true}}}}}}.',
      },
    ];
  }
  const report: ReportBlock[] = [
    {
      kind: 'table',
      columns: [
        'policy',
        'table',
        'in table',
        'due',
        'legal hold',
        'referenced',
        'oldest',
        dry ? 'bytes' : 'done',
        dry ? 'would be' : 'archives',
      ],
      rows: policies.map((one) => [
        one.policy,
        one.table,
        ...[one.total, one.due, one.held].map((rows) => (wasCounted(one) ? String(rows) : '')),
        one.referenced.map(({ table, rows }) => `${rows} by ${table}`).join(', '),
        one.oldest ?? '',
        dry ? String(one.bytes ?? '') : `${one.taken} ${verbs[one.action] ?? one.action}`,
        dry ? brakeOf(one) : archivesOf(one),
      ]),
    },
  ];
  for (const one of policies) report.push(...linesOf(one));
  if (result.leftovers_removed > 0)
    report.push({
      kind: 'line',
      text: `${count(result.leftovers_removed, 'file was', 'files were')} removed that an interrupted run had left; the rows are in the table.`,
    });
  if (result.stopped)
    report.push({
      kind: 'line',
      tone: 'notice',
      text: 'The run stopped after its time (stop_after); the next one continues there.',
    });
  const archives = policies.reduce((sum, one) => sum + one.archives, 0);
  if (archives > 0)
    report.push({
      kind: 'line',
      text: `The archives are in ${result.archive_dir ?? 'opsdeck_jobs.archived_record'}; \`report retention\` names each with its hash, \`verify archives\` checks them.`,
    });
  if (policies.some(({ accept }) => accept !== null) && dry)
    report.push({
      kind: 'line',
      tone: 'notice',
      text: 'A run prints the number to accept; it deletes nothing until then.',
    });
  else if (policies.some(({ accept }) => accept !== null))
    report.push({ kind: 'line', tone: 'warning', text: `To accept: ${acceptCommand(policies)}` });
  return report;
}

/** One that failed before it was counted has no figures. */
function wasCounted({ failed, total }: PolicyResult): boolean {
  return failed === null || total > 0;
}

function brakeOf({ waits_for: waits, action, due, before, failed }: PolicyResult): string {
  if (failed !== null) return 'failed';
  if (waits === 'first_run') return 'waits: first run of the policy';
  if (waits === 'max_share')
    return before === 0
      ? 'waits: more than max_share'
      : `waits: more than max_share, with ${before} by others`;
  return due === 0 ? '' : (verbs[action] ?? action);
}

function archivesOf({ first_archive: first, last_archive: last, archives }: PolicyResult): string {
  if (first === null || last === null) return '';
  return archives === 1 ? String(first) : `${first} to ${last}`;
}

function linesOf(one: PolicyResult): readonly ReportBlock[] {
  const lines: ReportBlock[] = [];
  if (one.failed !== null)
    lines.push({ kind: 'line', tone: 'bad', text: `${one.policy} failed: ${one.failed.message}` });
  if (one.related > 0)
    lines.push({
      kind: 'line',
      text: `${one.policy}: ${count(one.related, 'row')} of related tables went along.`,
    });
  if (one.stayed > 0)
    lines.push({
      kind: 'line',
      tone: 'notice',
      text: `${one.policy}: ${count(one.stayed, 'row stays', 'rows stay')}, changed, protected or referenced since the archive was written.`,
    });
  if (one.busy_batches > 0)
    lines.push({
      kind: 'line',
      tone: 'warning',
      text: `${one.policy}: ${count(one.busy_batches, 'batch stays', 'batches stay')}: other transactions had locked the rows.`,
    });
  if (one.unfinished)
    lines.push({
      kind: 'line',
      tone: 'notice',
      text: `${one.policy}: there is more; the next run continues.`,
    });
  return lines;
}
