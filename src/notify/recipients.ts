import { sql, type Transaction } from 'kysely';
import type { Database } from '../db/tables.ts';
import { channels, definitionOf } from './channels/lookup.ts';
import { namedDestination, sharedDestination } from './destination-name.ts';
import type { Destination, PersonRecipient, Recipient, SharedRecipient } from './notifier.ts';
import { plausibleAddress } from './plausible-address.ts';

/** Somebody who gets an e-mail. */
export interface Person {
  /** Lower-cased and plausible. */
  readonly address: string;
  readonly name: string | null;
  readonly userId: number | null;
  /** How the message came to them. */
  readonly via: PersonRecipient['kind'];
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

/** The people among the recipients. One statement whatever their number (none when all are plain addresses). */
export async function findPeople(trx: Transaction<Database>, all: readonly Recipient[]): Promise<People> {
  const recipients = all.filter(isPerson);
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
function choosePeople(recipients: readonly PersonRecipient[], rows: readonly UserRow[]): People {
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
    if (reached === 0)
      notes.push(`${recipientLabel(recipient)}: no active person has a usable e-mail address.`);
  }
  return { people: [...people.values()], notes };
}

function recipientKey(recipient: Exclude<PersonRecipient, { kind: 'address' }>): string {
  switch (recipient.kind) {
    case 'user':
      return String(recipient.userId);
    case 'role':
      return recipient.role;
    case 'group':
      return String(recipient.groupId);
  }
}

function recipientLabel(recipient: Exclude<PersonRecipient, { kind: 'address' }>): string {
  switch (recipient.kind) {
    case 'user':
      return `User ${recipient.userId}`;
    case 'role':
      return `Role ${recipient.role}`;
    case 'group':
      return `Group ${recipient.groupId}`;
  }
}

export function isPerson(one: Recipient): one is PersonRecipient {
  return one.kind === 'user' || one.kind === 'role' || one.kind === 'group' || one.kind === 'address';
}

/** The shared destinations among the recipients, as the one row that each gets. */
export function sharedDestinations(recipients: readonly Recipient[]): readonly Destination[] {
  return recipients.flatMap((one) => (isPerson(one) ? [] : [destinationOf(one)]));
}

function destinationOf({ kind, name }: SharedRecipient): Destination {
  for (const channel of channels) {
    const { place, named } = definitionOf(channel);
    if (place?.recipient === kind) return sharedDestination(channel, name.trim());
    if (named?.recipient === kind)
      return { ...sharedDestination(channel, null), destination: namedDestination(channel, name) };
  }
  throw new Error(`no channel has recipients of the kind ${kind}`);
}
