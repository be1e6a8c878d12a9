import type { Report, ReportBlock } from '../../../src/job/report.ts';
import type { DisposalReport, Disposals } from './read.ts';

/** For people. `every`: each archive with its hash, otherwise only the first and the last of many. */
export function disposalReport(report: DisposalReport, every: boolean): Report {
  return [{ kind: 'heading', text: titleOf(report) }, ...disposalTables(report, every)];
}

export function titleOf({ period }: DisposalReport): string {
  return `Archived and deleted, ${period}`;
}

export function disposalTables(
  { disposals, unreadable }: DisposalReport,
  every: boolean,
): readonly ReportBlock[] {
  const report: ReportBlock[] = [];
  if (disposals.length === 0) report.push({ kind: 'line', text: 'Nothing was archived or deleted.' });
  else
    report.push({
      kind: 'table',
      columns: ['when', 'policy', 'table', 'action', 'rows', 'with them', 'archives', 'run'],
      rows: disposals.map((one) => [
        one.last.slice(0, 16).replace('T', ' '),
        one.policy,
        one.table,
        one.action,
        String(one.rows),
        String(one.related),
        archiveRange(one),
        one.runId,
      ]),
    });
  for (const one of disposals) report.push(...archivesOf(one, every));
  if (unreadable.length > 0)
    report.push({
      kind: 'line',
      tone: 'bad',
      text: `The manifest of ${unreadable.length === 1 ? 'archive' : 'archives'} ${unreadable.join(', ')} was changed: \`verify archives\` shows more.`,
    });
  return report;
}

function archiveRange({ archives }: Disposals): string {
  const [first, last] = [archives[0]?.archive, archives.at(-1)?.archive];
  return first === last ? String(first ?? '') : `${first ?? ''} to ${last ?? ''}`;
}

/** How many archives of one policy and run are shown where it is not said that all are wanted. */
const shown = 20;

function archivesOf(one: Disposals, every: boolean): readonly ReportBlock[] {
  const kept = one.archives.filter(({ place }) => place !== null);
  if (kept.length === 0)
    return [{ kind: 'line', text: `${one.policy}: nothing was kept; the keys are in the manifests.` }];
  const listed = every || kept.length <= shown ? kept : [...kept.slice(0, shown - 1), ...kept.slice(-1)];
  const left = kept.length - listed.length;
  return [
    {
      kind: 'heading',
      text: `${one.policy}: ${JSON.stringify(one.content, null, 1).replaceAll(/\n\s*/g, ' ')}`,
    },
    {
      kind: 'table',
      columns: ['archive', 'rows', 'keys', 'where', 'SHA-256'],
      rows: listed.map(({ archive, rows, keys, place, sha256 }) => [
        String(archive),
        String(rows),
        `${keys.first} to ${keys.last}`,
        place ?? '',
        sha256 ?? '',
      ]),
    },
    ...(left === 0
      ? []
      : [
          {
            kind: 'line' as const,
            text: `${left} more are left out; --format md, csv or json has all of them.`,
          },
        ]),
  ];
}
