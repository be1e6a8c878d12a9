import { ExitCode } from '../../errors/exit-code.ts';
import { findJob } from '../../job/find-job.ts';
import { markLapsedRuns } from '../../job/mark-lapsed.ts';
import type { Cell, ReportBlock, Tone } from '../../job/report.ts';
import { findRun, readHistory, type StoredRun } from '../../job/run-history.ts';
import { count } from '../../text/count.ts';
import { cutAt } from '../../text/cut-at.ts';
import { formatDuration } from '../../time/duration.ts';
import { shortWallClock, wallClock } from '../../time/human-time.ts';
import { readPastInstant } from '../../time/read-instant.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadConfiguration } from '../load-configuration.ts';
import { writeJson } from '../render/json.ts';
import { durationsPicture } from '../runs/durations-picture.ts';
import { printReport } from '../runs/print-report.ts';
import { readCount } from '../runs/read-count.ts';
import { storedRunDocument } from '../runs/stored-run-document.ts';
import { type Session, withConfiguration } from '../session.ts';

/** As typed. */
export interface RunsListOptions {
  readonly since?: string;
  readonly limit?: string;
  readonly after?: string;
  readonly json?: boolean;
}

const defaultLimit = 20;

/** `runs list [JOB]`: past runs and decisions not to run, newest first. */
export async function runsList(
  io: Io,
  globals: GlobalOptions,
  job: string | undefined,
  options: RunsListOptions,
): Promise<ExitCode> {
  const configuration = await loadConfiguration(io, globals);
  if (job !== undefined) findJob(job, configuration.jobs, configuration.brokenJobs);
  const limit = options.limit === undefined ? defaultLimit : readCount(options.limit, '--limit', 10_000);
  return withConfiguration(io, globals, configuration, {}, async (session) => {
    const { database, secrets, zones } = session;
    const { since: typed } = options;
    const since =
      typed === undefined
        ? undefined
        : readPastInstant(typed, '--since', zones.business, database.clock.now());
    await markLapsedRuns(session);
    const after = options.after === undefined ? undefined : await findRun(database.db, options.after);
    const { shown: runs, last } = cutAt(
      limit,
      await readHistory(database.db, { job, since, after }, limit + 1),
    );
    if (options.json === true) {
      const document = { database: secrets.scrub(database.label), runs: runs.map(storedRunDocument) };
      writeJson(io, { ...document, after: last?.id ?? null });
    } else {
      const pictures =
        job === undefined || after !== undefined
          ? []
          : durationsPicture(runs, zones.business, database.clock.now());
      const heading = { kind: 'heading', text: 'Last runs' } as const;
      const first = pictures.length === 0 ? [] : [heading, ...pictures];
      printReport(io, report(runs, session, since), last?.id, first);
    }
    return ExitCode.ok;
  });
}

const tones: Readonly<Record<StoredRun['status'], Tone>> = {
  running: 'notice',
  succeeded: 'good',
  failed: 'bad',
  timed_out: 'bad',
  interrupted: 'warning',
  skipped: 'notice',
  missed: 'warning',
};

function report(runs: readonly StoredRun[], session: Session, since?: Date): readonly ReportBlock[] {
  if (runs.length === 0) {
    if (since !== undefined) {
      const { business } = session.zones;
      return [{ kind: 'line', text: `No run began since ${wallClock(since, business)}, ${business}.` }];
    }
    const next = `run one with \`run-job ${session.jobs[0]?.name ?? 'NAME'}\``;
    return [{ kind: 'line', text: `Nothing has run yet; ${next}.` }];
  }
  const zone = session.zones.business;
  const now = session.database.clock.now();
  return [
    { kind: 'line', text: `Times in ${zone}` },
    {
      kind: 'table',
      columns: ['Started', 'Job', 'Status', 'Trigger', 'Took', 'About', 'Run'],
      rows: runs.map((run): readonly (string | Cell)[] => [
        shortWallClock(run.started_at, zone, now),
        run.job,
        { text: run.status.replace('_', ' '), tone: tones[run.status] },
        run.trigger,
        run.status === 'skipped' || run.status === 'missed' || run.duration_ms === null
          ? ''
          : formatDuration(run.duration_ms),
        about(run),
        run.id.slice(0, 8),
      ]),
    },
  ];
}

/** Why, and for how many firings. */
function about(run: StoredRun): string {
  const missed = run.stands_for?.['count'];
  const firings = typeof missed === 'number' ? count(missed, 'firing') : '';
  const why = run.reason ?? run.error_code ?? '';
  return [why.replaceAll('_', ' '), firings].filter((word) => word !== '').join(', ');
}
