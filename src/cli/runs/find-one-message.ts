import { findMessageIds } from '../../notify/outbox/message-ids.ts';
import { readMessage, type StoredMessage } from '../../notify/outbox/stored-messages.ts';
import type { Session } from '../session.ts';

/** The message that is meant by a number or the beginning of an id; OperatorError exit 2 when it is not exactly one. */
export async function findOneMessage(
  { database, zones }: Pick<Session, 'database' | 'zones'>,
  id: string,
): Promise<StoredMessage> {
  const [number] = await findMessageIds(database.db, [id]);
  const message = number === undefined ? undefined : await readMessage(database.db, zones, number);
  if (message === undefined) throw new Error(`message ${id} was deleted meanwhile`);
  return message;
}
