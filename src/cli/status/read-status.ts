import { sqlState } from '../../db/errors.ts';
import type { AttentionItem } from '../../job/attention.ts';
import { severityRank } from '../../job/severity.ts';
import type { UnusedDestination } from '../../notify/event-overview.ts';
import { readChannelStates } from '../../notify/outbox/channel-states.ts';
import { readMessageTrouble } from '../../notify/outbox/message-trouble.ts';
import { recordAttention } from '../../record/status.ts';
import { readJobsAndRunners } from '../runs/list-jobs.ts';
import type { Session } from '../session.ts';
import {
  channelMatters,
  jobMatters,
  type Matter,
  messageMatters,
  runnerMatters,
  sendingMatters,
} from './core-matters.ts';
import { readUnusedDestinations } from './unused-destinations.ts';

export interface Status {
  readonly now: Date;
  /** Worst first, then what has waited longest. */
  readonly matters: readonly Matter[];
  readonly jobs: number;
  /** The jobs that looked into their own tables. */
  readonly asked: number;
  /** Configured, and no event sends to them: no matter for `--check`. null: the events cannot be read. */
  readonly unused: readonly UnusedDestination[] | null;
}

/**
 * What needs a person now, from the database alone: seven statements, one for each job that has something of its own to look at, and
 * one where shared destinations are configured.
 */
export async function readStatus(session: Session): Promise<Status> {
  const { database, config, zones, brokenJobs } = session;
  const { now, jobs, runners, sendingStop } = await readJobsAndRunners(session, 1);
  const moment = { zones, now };
  const matters: Matter[] = [
    ...sendingMatters(database.identity, sendingStop),
    ...runnerMatters(runners, now),
    ...jobMatters(jobs, now),
    ...brokenJobs.map(({ file, reason }): Matter => {
      const what = `${file} was not loaded: ${reason}`;
      return { about: 'jobs', severity: 'high', what, since: null, next: 'list' };
    }),
    ...(await orNotChecked('messages', async () => [
      ...channelMatters(await readChannelStates(database.db, { now, off: config.switchedOff })),
      ...messageMatters(await readMessageTrouble(database.db, moment)),
    ])),
  ];
  matters.push(
    ...(await orNotChecked('record', async () =>
      (await recordAttention(database.db, config, now)).map((item) => ({ about: 'record', ...item })),
    )),
  );
  let asked = 0;
  for (const { resolved, missing } of jobs) {
    const { name, attention } = resolved.definition;
    // What it lacks is a matter already.
    if (attention === undefined || missing !== null) continue;
    asked += 1;
    matters.push(
      ...(await orNotChecked(name, async () =>
        (await attention(database.db, moment)).map((item) => ({ about: name, ...item })),
      )),
    );
  }
  const unused = await unusedOrNull(session);
  return { now, unused, matters: matters.toSorted(worstFirst), jobs: jobs.length, asked };
}

async function unusedOrNull(session: Session): Promise<Status['unused']> {
  try {
    return await readUnusedDestinations(session);
  } catch (error) {
    if (!unreadable.has(sqlState(error) ?? '')) throw error;
    return null;
  }
}

/** No right to read it, no such column, no such table: as far as a database of OpsDeck goes. */
const unreadable: ReadonlySet<string> = new Set(['42501', '42703', '42P01']);

/** A role that may not read a table must not look like one that found nothing there. */
async function orNotChecked(
  about: string,
  read: () => Promise<readonly Matter[]>,
): Promise<readonly Matter[]> {
  try {
    return await read();
  } catch (error) {
    if (!unreadable.has(sqlState(error) ?? '') || !(error instanceof Error)) throw error;
    const what = `not checked: ${error.message}`;
    return [{ about, severity: 'high', what, since: null, next: 'config show' }];
  }
}

function worstFirst(one: AttentionItem, other: AttentionItem): number {
  const rank = severityRank(one.severity) - severityRank(other.severity);
  if (rank !== 0) return rank;
  return (
    (one.since?.getTime() ?? Number.MAX_SAFE_INTEGER) - (other.since?.getTime() ?? Number.MAX_SAFE_INTEGER)
  );
}
