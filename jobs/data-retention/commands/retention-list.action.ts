import type { Kysely } from 'kysely';
import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { printReport } from '../../../src/cli/runs/print-report.ts';
import { type Session, withSession } from '../../../src/cli/session.ts';
import { toOperatorError } from '../../../src/db/errors.ts';
import type { Database } from '../../../src/db/tables.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { type OwnDatabase, openOwnDatabase } from '../../../src/job/own-database.ts';
import { readJobsAndRunners } from '../../../src/status/list-jobs.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { readFolder } from '../archive/folder.ts';
import { listDocument } from '../list/document.ts';
import { listReport, type RetentionList } from '../list/present.ts';
import { readStandings } from '../list/read.ts';
import { disabledPolicies, enabledPolicies } from '../policy/policy.ts';
import { hasArchivesIn } from '../records/clean-up.ts';
import { retentionSettings } from '../settings.ts';
import type { retentionList } from './retention-list.ts';

const jobName = 'data-retention';

/** `retention list`: what a run would find of each policy, with the rights that a run would have. */
export async function listPolicies(
  io: Io,
  globals: GlobalOptions,
  { json }: OptionsOf<typeof retentionList>,
): Promise<ExitCode> {
  return withSession(io, globals, { quiet: json === true }, async (session) => {
    const list = await readList(session);
    if (json === true) writeJson(io, listDocument(list, session.secrets.scrub(session.database.label)));
    else printReport(io, listReport(list));
    return ExitCode.ok;
  });
}

async function readList(session: Session): Promise<RetentionList> {
  const { config, database, io, jobs, logger, secrets, zones } = session;
  const settings = retentionSettings.parse(config.jobs[jobName]?.settings ?? {});
  const { own, problem } = await openOwn(session);
  try {
    const now = database.clock.now();
    const standings = await readStandings(
      {
        db: own?.scope.db ?? database.db,
        asRun: problem === null,
        moment: { today: dayOf(now, zones.business), zones },
        settings,
        signal: io.stop,
        // What does not fit is in the list.
        logger: logger.child({}, { level: 'silent' }),
        scrub: (error) => secrets.scrubError(toOperatorError(error)),
      },
      enabledPolicies(settings),
    );
    const folder = await folderProblem(database.db, settings.archive_dir);
    const { jobs: listed } = await readJobsAndRunners(session, 1);
    const job = listed.find(({ resolved }) => resolved.definition.name === jobName);
    return {
      standings,
      disabled: disabledPolicies(settings),
      role: own === undefined ? 'runner' : 'own',
      variable: jobs.find(({ name }) => name === jobName)?.databaseVariable?.name ?? 'database_url',
      problem,
      folder,
      attached: database.kind === 'postgres',
      next: job?.next[0] ?? null,
      state: job?.health.words ?? '',
      zone: zones.business,
    };
  } finally {
    await own?.close();
  }
}

/** The folder is looked at from this host; a run does so on its own. */
async function folderProblem(db: Kysely<Database>, folder: string | undefined): Promise<string | null> {
  if (folder === undefined) return null;
  const hasArchives = await hasArchivesIn(db, folder);
  return readFolder(folder, hasArchives).then(
    () => null,
    (error: unknown) => toOperatorError(error).message,
  );
}

/** As the role of the job's own URL. Where it cannot be used a run fails; the figures are then as the program itself reads them. */
async function openOwn(
  session: Session,
): Promise<{ readonly own: OwnDatabase | undefined; readonly problem: string | null }> {
  const { config, database, io, jobs, secrets } = session;
  const definition = jobs.find(({ name }) => name === jobName);
  if (definition === undefined) return { own: undefined, problem: null };
  try {
    const own = await openOwnDatabase(
      { config, database, stop: io.stop },
      { definition, runId: '', dryRun: true },
      { forMs: 0, onWait: () => undefined },
    );
    return { own, problem: null };
  } catch (error) {
    io.stop.throwIfAborted();
    return { own: undefined, problem: secrets.scrubError(toOperatorError(error)).message };
  }
}
