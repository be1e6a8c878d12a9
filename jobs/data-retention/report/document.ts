import type { StreamedTable } from '../../../src/job/report.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import type { DisposalReport } from './read.ts';

/** The JSON document, without `schema`. */
export function disposalDocument(
  { since, to, disposals, unreadable }: DisposalReport,
  database: string,
): JsonObject {
  return {
    database,
    since: since.toISOString(),
    to: to.toISOString(),
    disposals: disposals.map((one) => ({
      run_id: one.runId,
      policy: one.policy,
      policy_content: one.content,
      table: one.table,
      action: one.action,
      rows: one.rows,
      related_rows: one.related,
      first_at: one.first,
      last_at: one.last,
      archives: one.archives.map((archive) => ({ ...archive, keys: { ...archive.keys } })),
    })),
    unreadable_archives: unreadable,
  };
}

/** One table, a row an archive: what the CSV is made from. */
export function disposalRows({ disposals }: DisposalReport): StreamedTable {
  return {
    kind: 'rows',
    columns: [
      'run_id',
      'policy',
      'table',
      'action',
      'archive',
      'at',
      'rows',
      'first_key',
      'last_key',
      'place',
      'bytes',
      'sha256',
    ],
    rows: () =>
      disposals.flatMap(({ runId, policy, table, action, archives }) =>
        archives.map((one) => [
          runId,
          policy,
          table,
          action,
          String(one.archive),
          one.at,
          String(one.rows),
          one.keys.first,
          one.keys.last,
          one.place ?? '',
          String(one.bytes ?? ''),
          one.sha256 ?? '',
        ]),
      ),
  };
}
