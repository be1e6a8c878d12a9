/*
 * The last records of a run's log, for whoever looks at it later: in its row of `run_log`, on its page, and in the ping of its failure.
 *
 * Model: what the job and the runner log about a run goes on to the log of the process, and its last 200 records, 64 KB at most, are kept
 * here. Its start and its end are not among them: the run's own row has those. Kept from `info` up, whatever the log of the process shows.
 * Clock: business time, as in the run's own row; the pauses are the process's.
 *
 * | what happens                  | what is left behind                                            |
 * | the job logs nothing          | no row, and no statement                                       |
 * | it logs                       | what it logged, at the latest 5 s later, and when it ends      |
 * | the process is killed         | what was there 5 s before                                      |
 * | the database is away          | the next attempt writes all of it; the run does not wait for it |
 * | the last attempt fails        | what was written before; the run is what it was                |
 * | the run is pruned, or shortened | nothing                                                      |
 */
import { type Logger, pino } from 'pino';
import type { OpenDatabase } from '../../db/database.ts';
import type { LogRecord } from '../../db/tables/runs.ts';
import { logLevels } from '../../log/level.ts';
import { scrubValue } from '../../log/scrub-value.ts';
import type { RunEnvironment } from '../run-environment.ts';
import { LastRecords } from './last-records.ts';
import { readLine, writeLine } from './log-line.ts';
import { saveLog } from './save-log.ts';

const saveEveryMs = 5000;

/** The log of one run, from its start to its record. */
export interface RunLog {
  /** For the job and for what the runner does for it. */
  readonly logger: Logger;
  readonly records: readonly LogRecord[];
  /** Nothing is written any more from time to time. */
  stop(): void;
  /** Writes what is not there yet. Never rejects. */
  save(): Promise<void>;
}

/** @param to takes every line as well. `stored`: the run has a row. */
export function startRunLog(
  { database, secrets, saveLogMs = saveEveryMs }: Pick<RunEnvironment, 'database' | 'secrets' | 'saveLogMs'>,
  { runId, dryRun: unstored }: { readonly runId: string; readonly dryRun: boolean },
  to: Logger,
): RunLog {
  const last = new LastRecords();
  const logger = pino(
    { level: lowerOf(to.level, 'info'), base: null, timestamp: false },
    {
      write: (text: string) => {
        const line = readLine(text);
        writeLine(to, line);
        if (line.level === 'trace' || line.level === 'debug') return;
        const scrub = (part: string) => secrets.scrub(part);
        const fields = Object.entries(line.fields).map(([name, value]) => [name, scrubValue(value, scrub)]);
        last.add({
          at: database.clock.now().toISOString(),
          level: line.level,
          message: scrub(line.text),
          fields: Object.fromEntries(fields),
        });
      },
    },
  );
  const save = unstored ? async () => undefined : saverOf(database, runId, last);
  const timer = setInterval(() => void save(), saveLogMs);
  timer.unref();
  return {
    logger,
    get records() {
      return last.records;
    },
    stop: () => clearInterval(timer),
    save,
  };
}

/** One write at a time; the next one has all that the one before did not. */
function saverOf(database: OpenDatabase, runId: string, last: LastRecords): () => Promise<void> {
  let saved = 0;
  return async () => {
    const { logged, records } = last;
    if (logged === saved) return;
    try {
      await saveLog(database.control, runId, { logged, records });
      saved = Math.max(saved, logged);
    } catch {
      // Kept for the next attempt. A log never fails what it reports on, and the absence of the database is logged by others.
    }
  };
}

function lowerOf(one: string, other: string): string {
  const order: readonly string[] = logLevels;
  return order.indexOf(one) < order.indexOf(other) ? one : other;
}
