import type { Kysely } from 'kysely';
import { isGone } from '../db/errors.ts';
import type { Database } from '../db/tables.ts';
import { reasonOf } from '../errors/reason-of.ts';
import { type Attention, type AttentionItem, type AttentionMoment, readAttention } from '../job/attention.ts';
import { severityRank } from '../job/severity.ts';
import { readChannelStates } from '../notify/outbox/channel-states.ts';
import { readMessageTrouble } from '../notify/outbox/message-trouble.ts';
import { recordAttention } from '../record/status.ts';
import { channelMatters, jobMatters, messageMatters, runnerMatters, sendingMatters } from './core-matters.ts';
import { readJobsAndRunners } from './list-jobs.ts';
import type { Matter, Status } from './status.ts';
import type { StatusScope } from './status-scope.ts';

/** What needs a person now, from the database alone: seven statements, whatever the number of jobs. */
export async function readStatus(scope: StatusScope): Promise<Status> {
  const { database, config, zones, brokenJobs } = scope;
  const { now, jobs, runners, sendingStop } = await readJobsAndRunners(scope, 1);
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
  // What a job lacks is a matter already.
  const asked = jobs.flatMap(({ resolved: { definition }, missing }): Asked[] =>
    definition.attention === undefined || missing !== null
      ? []
      : [{ about: definition.name, attention: definition.attention }],
  );
  const record: Asked = { about: 'record', attention: recordAttention(config) };
  matters.push(...(await readAll(database.db, [record, ...asked], moment)));
  return { now, matters: matters.toSorted(worstFirst), jobs: jobs.length, asked: asked.length };
}

interface Asked {
  readonly about: string;
  readonly attention: Attention;
}

/** All in one statement. Where it cannot read something, one after the other, so that each can fail alone. */
async function readAll(
  db: Kysely<Database>,
  asked: readonly Asked[],
  moment: AttentionMoment,
): Promise<readonly Matter[]> {
  const of = async (some: readonly Asked[]) => {
    const attentions = some.map(({ attention }) => attention);
    const found = await readAttention(db, attentions, moment);
    return some.flatMap(({ about }, index) => (found[index] ?? []).map((item) => ({ about, ...item })));
  };
  try {
    return await of(asked);
  } catch (error) {
    if (isGone(error)) throw error;
  }
  const matters: Matter[] = [];
  for (const one of asked) matters.push(...(await orNotChecked(one.about, () => of([one]))));
  return matters;
}

/** What could not be read must not look like something in which nothing was found. */
async function orNotChecked(
  about: string,
  read: () => Promise<readonly Matter[]>,
): Promise<readonly Matter[]> {
  try {
    return await read();
  } catch (error) {
    if (isGone(error)) throw error;
    const what = `not checked: ${reasonOf(error)}`;
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
