import { ExitCode } from '../../errors/exit-code.ts';
import { readRoleNames } from '../../grants/role-names.ts';
import { type Remains, readRemains, removalSql } from '../../setup/read-remains.ts';
import { count } from '../../text/count.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { eventsOf } from '../runs/find-event.ts';
import { printReport } from '../runs/print-report.ts';
import { withSession } from '../session.ts';

/** `uninstall`: prints and never runs. Remarks are comments of SQL, so that all of it can be given to psql. */
export function uninstall(io: Io, globals: GlobalOptions): Promise<ExitCode> {
  return withSession(io, globals, {}, async ({ database, config, jobs, zones }) => {
    if (database.mode === 'standalone') {
      const what = database.folder === undefined ? 'Drop the database' : 'Remove the data folder';
      printReport(io, [{ kind: 'line', text: `${what}: all of its tables belong to opsdeck-jobs.` }]);
      return ExitCode.ok;
    }
    const remains = await readRemains(database.db, {
      events: eventsOf(jobs).map(({ code }) => code),
      storedZone: zones.stored,
    });
    const roles = Object.values(await readRoleNames(database.db, config, jobs));
    io.stdout.write(`${remarks(remains, roles).join('\n')}\n\n${removalSql(roles)}`);
    return ExitCode.ok;
  });
}

/** How rows were found that name nobody who wrote them. */
const whose: Readonly<Record<string, string>> = {
  exchange_rate: 'stored while exchange-rates ran',
  email_template: 'that messages of jobs use',
  notification_event: 'of events that only opsdeck-jobs has',
};

/** Pure. */
function remarks(
  { rows, handBack, cancel, legalHolds, archives, folders }: Remains,
  roles: readonly string[],
): readonly string[] {
  const stay = rows.map(
    ({ table, count: amount, oldest, newest }) =>
      `In ${table} ${count(amount, 'row')} ${whose[table] ?? 'by opsdeck-jobs'}, from ${oldest} to ${newest}.`,
  );
  const lines = [
    ...(stay.length === 0 ? ["0 rows of opsdeck-jobs remain in OpsDeck's tables."] : stay),
    'All of these rows stay: OpsDeck uses them.',
    `Back to OpsDeck's queue: ${count(handBack, 'message')}. Cancelled: ${count(cancel, 'message')} of jobs.`,
    legalHolds === 0
      ? 'Removed with the schema: 0 open legal holds.'
      : `The SQL refuses while ${count(legalHolds, 'legal hold')} protect${legalHolds === 1 ? 's' : ''} rows: release first what \`retention legal-hold list\` shows.`,
    `Without a command to verify or restore them: ${count(archives, 'archive')}.`,
    ...folders.map((folder) => `Archives stay on disk in ${folder}.`),
    `The rights in schema public are revoked from ${roles.join(', ')}, as far as they are there; \`drop role\` removes them from the server.`,
    'Stop every daemon and timer first. Run the rest as the owner of the schema opsdeck_jobs.',
  ];
  return lines.map((text) => `-- ${text.replaceAll('\n', ' ')}`);
}
