import { sql, type Transaction } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { Recipient } from './notifier.ts';

/** Somebody who gets an e-mail. */
export interface Person {
  /** Lower-cased and plausible. */
  readonly address: string;
  readonly name: string | null;
  readonly userId: number | null;
  /** How the message came to them. */
  readonly via: Recipient['kind'];
}

export interface People {
  /** In the order of the recipients, each address once. */
  readonly people: readonly Person[];
  /** Who was left out and why, as sentences. */
  readonly notes: readonly string[];
}

interface UserRow {
  via: 'user' | 'role' | 'group';
  /** The id, role or group id that was asked for. */
  key: string;
  id: number;
  name: string;
  email: string;
  is_archived: boolean;
}

/** Width of `scheduled_communication.recipient_email`. A longer address cannot be stored, and cut it would be another one. */
const longestAddress = 120;

/** One person per address: no spaces or control characters, no list, no display name; the host may be a bare intranet name. */
const plausible = /^[^\s\p{Cc}@<>()[\],;:\\"]{1,64}@[^\s\p{Cc}@<>()[\],;:\\"']+$/u;

/** The address as it is stored and compared; null: nothing a mail could be sent to. */
export function plausibleAddress(text: string): string | null {
  const address = text.trim().toLowerCase();
  return address.length <= longestAddress && plausible.test(address) ? address : null;
}

/** One statement whatever the number of recipients (none when all are plain addresses). */
export async function findPeople(
  trx: Transaction<Database>,
  recipients: readonly Recipient[],
): Promise<People> {
  const userIds = recipients.flatMap((one) => (one.kind === 'user' ? [one.userId] : []));
  const roles = recipients.flatMap((one) => (one.kind === 'role' ? [one.role] : []));
  const groupIds = recipients.flatMap((one) => (one.kind === 'group' ? [one.groupId] : []));
  const selects = [
    ...(userIds.length > 0
      ? [
          sql`select 'user' as via, u.id::text as key, u.id, u.name, u.email, u.is_archived
                from "user" u where u.id = any(${userIds}::int[])`,
        ]
      : []),
    ...(roles.length > 0
      ? [
          sql`select 'role' as via, u.role as key, u.id, u.name, u.email, u.is_archived
                from "user" u where u.role = any(${roles}::text[])`,
        ]
      : []),
    ...(groupIds.length > 0
      ? [
          sql`select 'group' as via, g.group_id::text as key, u.id, u.name, u.email, u.is_archived
                from user_groups g join "user" u on u.id = g.user_id where g.group_id = any(${groupIds}::int[])`,
        ]
      : []),
  ];
  const rows =
    selects.length === 0
      ? []
      : (await sql<UserRow>`${sql.join(selects, sql` union all `)} order by id`.execute(trx)).rows;
  return choosePeople(recipients, rows);
}

/** Pure half of {@link findPeople}: order, addresses, duplicates, and a note for every recipient that comes to nothing. */
function choosePeople(recipients: readonly Recipient[], rows: readonly UserRow[]): People {
  const byRecipient = new Map<string, UserRow[]>();
  for (const row of rows) {
    const key = `${row.via}:${row.key}`;
    const same = byRecipient.get(key);
    if (same === undefined) byRecipient.set(key, [row]);
    else same.push(row);
  }
  const people = new Map<string, Person>();
  const notes: string[] = [];
  for (const recipient of recipients) {
    if (recipient.kind === 'address') {
      const address = plausibleAddress(recipient.email);
      if (address === null) notes.push('A configured recipient is not an e-mail address: left out.');
      else if (!people.has(address)) {
        people.set(address, { address, name: recipient.name ?? null, userId: null, via: 'address' });
      }
      continue;
    }
    const found = byRecipient.get(`${recipient.kind}:${recipientKey(recipient)}`) ?? [];
    let reached = 0;
    let withoutAddress = 0;
    for (const row of found) {
      if (row.is_archived) continue;
      const address = plausibleAddress(row.email);
      if (address === null) {
        withoutAddress += 1;
        continue;
      }
      reached += 1;
      if (!people.has(address)) {
        people.set(address, { address, name: row.name, userId: row.id, via: recipient.kind });
      }
    }
    if (withoutAddress > 0) {
      notes.push(`${recipientLabel(recipient)}: ${withoutAddress} without a usable e-mail address left out.`);
    }
    if (reached === 0) notes.push(`${recipientLabel(recipient)}: nobody active has a usable e-mail address.`);
  }
  return { people: [...people.values()], notes };
}

function recipientKey(recipient: Exclude<Recipient, { kind: 'address' }>): string {
  switch (recipient.kind) {
    case 'user':
      return String(recipient.userId);
    case 'role':
      return recipient.role;
    case 'group':
      return String(recipient.groupId);
  }
}

function recipientLabel(recipient: Exclude<Recipient, { kind: 'address' }>): string {
  switch (recipient.kind) {
    case 'user':
      return `User ${recipient.userId}`;
    case 'role':
      return `Role ${recipient.role}`;
    case 'group':
      return `Group ${recipient.groupId}`;
  }
}
