import { OperatorError } from '../../errors.ts';
import { ExitCode } from '../../exit-code.ts';
import { findJob } from '../../job/registry.ts';
import type { Cell, ReportBlock, Tone } from '../../job/report.ts';
import { findRun, readHistory, type StoredRun, type StoredRunDetail } from '../../job/run-history.ts';
import { formatDuration } from '../../time/duration.ts';
import { shortWallClock, wallClock } from '../../time/human-time.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadConfiguration } from '../load-configuration.ts';
import { writeJson } from '../render/json.ts';
import { printReport } from '../runs/print-report.ts';
import { readCount } from '../runs/read-count.ts';
import { type Session, withConfiguration } from '../session.ts';

/** As typed. */
export interface HistoryOptions {
  readonly run?: string;
  readonly limit?: string;
  readonly json?: boolean;
}

const defaultLimit = 20;

/** `history [JOB]`: past runs and decisions not to run, newest first; `--run ID`: one with its result and error. */
export async function history(
  io: Io,
  globals: GlobalOptions,
  job: string | undefined,
  options: HistoryOptions,
): Promise<ExitCode> {
  const configuration = await loadConfiguration(io, globals);
  if (job !== undefined) findJob(job, configuration.jobs, configuration.brokenJobs);
  const limit = options.limit === undefined ? defaultLimit : readCount(options.limit, '--limit', 10_000);
  return withConfiguration(io, globals, configuration, {}, async (session) => {
    if (options.run !== undefined) {
      const run = await findRun(session.database.db, options.run);
      refuseOtherJob(run, job);
      if (options.json === true) writeJson(io, { database: label(session), ...detailDocument(run) });
      else printReport(io, detailReport(run, session));
      return ExitCode.ok;
    }
    const runs = await readHistory(session.database.db, job, limit);
    if (options.json === true) writeJson(io, { database: label(session), runs: runs.map(runDocument) });
    else printReport(io, historyReport(runs, session));
    return ExitCode.ok;
  });
}

function label({ database, secrets }: Session): string {
  return secrets.scrub(database.label);
}

function refuseOtherJob(run: StoredRun, job: string | undefined): void {
  if (job === undefined || run.job === job) return;
  throw new OperatorError({
    code: 'unknown_run',
    message: `Run ${run.id} is of ${run.job}, not of ${job}.`,
    next: `Look at it with \`history ${run.job} --run ${run.id}\`.`,
    exitCode: ExitCode.usage,
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

function historyReport(runs: readonly StoredRun[], session: Session): readonly ReportBlock[] {
  if (runs.length === 0) {
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
  const count = run.stands_for?.['count'];
  const firings = typeof count === 'number' ? `${count} firing${count === 1 ? '' : 's'}` : '';
  const why = run.reason ?? run.error_code ?? '';
  return [why.replaceAll('_', ' '), firings].filter((word) => word !== '').join(', ');
}

function detailReport(run: StoredRunDetail, session: Session): readonly ReportBlock[] {
  const zone = session.zones.business;
  const lines: ReadonlyArray<readonly [string, string | null]> = [
    ['Run', run.id],
    ['Job', run.job],
    ['Status', run.status.replace('_', ' ')],
    ['Trigger', run.trigger],
    ['Scheduled for', run.scheduled_for === null ? null : `${wallClock(run.scheduled_for, zone)}, ${zone}`],
    ['Stands for', run.stands_for === null ? null : JSON.stringify(run.stands_for)],
    ['Started', `${wallClock(run.started_at, zone)}, ${zone}`],
    ['Finished', run.finished_at === null ? null : `${wallClock(run.finished_at, zone)}, ${zone}`],
    ['Took', run.duration_ms === null ? null : formatDuration(run.duration_ms)],
    ['Runner', `${run.runner}, version ${run.program_version}`],
    ['Parameters', Object.keys(run.params).length === 0 ? null : JSON.stringify(run.params)],
    ['Reason', run.reason],
    ['Error', run.error_code === null ? null : `${run.error_code}: ${run.error_message ?? ''}`],
  ];
  const facts = lines.flatMap(([name, text]): ReportBlock[] =>
    text === null ? [] : [{ kind: 'line', text: `${name}: ${text}` }],
  );
  if (run.result === null) return facts;
  return [...facts, { kind: 'heading', text: 'Result' }, ...resultLines(run)];
}

function resultLines(run: StoredRunDetail): readonly ReportBlock[] {
  return JSON.stringify(run.result, null, 2)
    .split('\n')
    .map((text) => ({ kind: 'line', text }));
}

function runDocument(run: StoredRun): Readonly<Record<string, unknown>> {
  return {
    run_id: run.id,
    job: run.job,
    status: run.status,
    trigger: run.trigger,
    scheduled_for: run.scheduled_for?.toISOString() ?? null,
    stands_for: run.stands_for,
    started_at: run.started_at.toISOString(),
    finished_at: run.finished_at?.toISOString() ?? null,
    duration_ms: run.duration_ms,
    runner: run.runner,
    program_version: run.program_version,
    params: run.params,
    reason: run.reason,
    ...(run.error_code === null ? {} : { error: { code: run.error_code, message: run.error_message } }),
  };
}

function detailDocument(run: StoredRunDetail): Readonly<Record<string, unknown>> {
  return { ...runDocument(run), result: run.result };
}
