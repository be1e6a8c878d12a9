import { ExitCode } from '../../errors/exit-code.ts';
import { markLapsedRuns } from '../../job/mark-lapsed.ts';
import type { ReportBlock } from '../../job/report.ts';
import { findRun, type StoredRunDetail } from '../../job/run-history.ts';
import { formatDuration } from '../../time/duration.ts';
import { wallClock } from '../../time/human-time.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import { printReport } from '../runs/print-report.ts';
import { runLogBlocks } from '../runs/run-log-blocks.ts';
import { storedRunDocument } from '../runs/stored-run-document.ts';
import { type Session, withSession } from '../session.ts';

/** As typed. */
export interface RunsShowOptions {
  readonly json?: boolean;
}

/** `runs show ID`: one run with its result, error and log. */
export async function runsShow(
  io: Io,
  globals: GlobalOptions,
  id: string,
  options: RunsShowOptions,
): Promise<ExitCode> {
  return withSession(io, globals, {}, async (session) => {
    const { database, secrets } = session;
    await markLapsedRuns(session);
    const run = await findRun(database.db, id);
    if (options.json === true) {
      const document = {
        ...storedRunDocument(run),
        ...{ result: run.result, short: run.short, log: run.log, logged: run.logged },
      };
      writeJson(io, { database: secrets.scrub(database.label), ...document });
    } else printReport(io, report(run, session));
    return ExitCode.ok;
  });
}

function report(run: StoredRunDetail, session: Session): readonly ReportBlock[] {
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
    ['Retry of', run.retry_of],
    ['Cancelled by', cancelWords(run)],
    ['Error', run.error_code === null ? null : `${run.error_code}: ${run.error_message ?? ''}`],
    ['Next', run.error_next],
    [
      'Result',
      run.short ? 'removed with the log after keep_history; the run itself is kept as evidence' : null,
    ],
  ];
  const facts = lines.flatMap(([name, text]): ReportBlock[] =>
    text === null ? [] : [{ kind: 'line', text: `${name}: ${text}` }],
  );
  const result: readonly ReportBlock[] =
    run.result === null ? [] : [{ kind: 'heading', text: 'Result' }, resultCode(run)];
  return [...facts, ...result, ...runLogBlocks(run, zone)];
}

function resultCode(run: StoredRunDetail): ReportBlock {
  return { kind: 'code', lines: JSON.stringify(run.result, null, 2).split('\n') };
}

/** Who asked that it ends, and why. */
function cancelWords({ cancel_requested_by: by, cancel_reason: reason }: StoredRunDetail): string | null {
  if (by === null) return null;
  return reason === null ? by : `${by}: ${reason}`;
}
