import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Database } from '../db/tables.ts';
import { readAdministrators, whomToAsk } from '../notify/administrators.ts';
import { createNotifier } from '../notify/create-notifier.ts';
import type { Author, Decider } from './author.ts';
import { decisionMessage, type RecordedDecision } from './decision-message.ts';

/**
 * Queues one mail to the person who is named, in the transaction of the decision: what was recorded in their name, who typed it, and
 * how to object. To a user of the machine none: nobody else was named.
 *
 * @returns a sentence for whoever typed it; null: nobody is named.
 */
export async function reportDecision(
  trx: Transaction<Database>,
  { userId }: Decider,
  { actor, enteredBy, post }: Author,
  decision: RecordedDecision,
): Promise<string | null> {
  if (userId === null) return null;
  const { clock, zones, routings } = post;
  // A job of this name does not exist: no job may renew or drop what people are to know.
  const notifier = createNotifier({
    ...{ jobName: 'decisions', runId: null, clock, zones, routings, dryRun: false },
  });
  const administrators = await readAdministrators(trx);
  const { queued, notes } = await notifier.enqueue(
    trx,
    decisionMessage(
      { ...decision, actor, userId, enteredBy },
      {
        id: randomUUID(),
        at: clock.now(),
        zone: zones.business,
        ask: whomToAsk(administrators.filter(({ address }) => address !== actor.toLowerCase())),
      },
    ),
  );
  return queued.length > 0
    ? `A mail to ${actor} reports what was recorded in their name.`
    : `No mail reports this to ${actor}. ${notes.join(' ')}`;
}
