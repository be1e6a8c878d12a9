import { z } from 'zod';
import { channels } from '../../../src/notify/channels/lookup.ts';
import type { Channel } from '../../../src/notify/channels/names.ts';
import type { PersonRecipient, Recipient, SharedRecipient } from '../../../src/notify/notifier.ts';
import { isPerson } from '../../../src/notify/recipients.ts';

/** Where the alerts of a comparison go, read from `notification_channels` and `notification_recipients`. */
export interface AlertRoute {
  readonly channels: readonly Channel[];
  readonly people: readonly PersonRecipient[];
  /** Places inside channels (`#alerts`); of a channel without one: that of the notification event. */
  readonly places: readonly SharedRecipient[];
  /** What could not be read, as sentences. */
  readonly notes: readonly string[];
}

const channelName = z.enum(channels);
const id = z
  .union([
    z.int(),
    z
      .string()
      .trim()
      .regex(/^\d{1,9}$/)
      .transform(Number),
  ])
  .pipe(z.int().min(1));
const text = z
  .union([z.string(), z.number()])
  .transform((value) => String(value).trim())
  .pipe(z.string().min(1));
const entry = z.looseObject({ type: z.string(), value: text });

/** As OpsDeck: without channels, or without recipients, nothing is sent. */
export function readAlertRoute(storedChannels: unknown, storedRecipients: unknown): AlertRoute {
  const notes: string[] = [];
  const chosen = new Set<Channel>();
  for (const one of listOf(storedChannels, 'notification_channels', notes)) {
    const name = channelName.safeParse(one);
    if (name.success) chosen.add(name.data);
    else notes.push(`There is no channel ${JSON.stringify(one)}: left out.`);
  }
  const people: PersonRecipient[] = [];
  const places = new Map<string, SharedRecipient>();
  for (const one of listOf(storedRecipients, 'notification_recipients', notes)) {
    const read = readRecipient(one);
    if (read === null) notes.push(`A recipient has an unknown form: left out.`);
    else if (isPerson(read)) people.push(read);
    else places.set(`${read.kind} ${read.name}`, read);
  }
  if (people.length + places.size === 0) chosen.clear();
  return { channels: [...chosen], people, places: [...places.values()], notes };
}

function listOf(stored: unknown, name: string, notes: string[]): readonly unknown[] {
  const list = z.array(z.unknown()).nullish().safeParse(stored);
  if (list.success) return list.data ?? [];
  notes.push(`${name} is not a list: no alert is sent.`);
  return [];
}

function readRecipient(stored: unknown): Recipient | null {
  const read = entry.safeParse(stored);
  if (!read.success) return null;
  const { type, value } = read.data;
  switch (type) {
    case 'email':
      return { kind: 'address', email: value };
    case 'user':
      return value.includes('@')
        ? { kind: 'address', email: value }
        : withId(value, (userId) => ({ kind: 'user', userId }));
    case 'group':
      return withId(value, (groupId) => ({ kind: 'group', groupId }));
    case 'role':
      return { kind: 'role', role: value };
    case 'slack':
    case 'slack_channel':
      return { kind: 'slack_channel', name: value };
    default:
      return null;
  }
}

function withId(value: string, recipient: (id: number) => Recipient): Recipient | null {
  const read = id.safeParse(value);
  return read.success ? recipient(read.data) : null;
}
