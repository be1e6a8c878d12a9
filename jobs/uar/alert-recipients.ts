import { z } from 'zod';
import { type Channel, channels, type Recipient } from '../../src/notify/notifier.ts';

/** Where the alerts of a comparison go, read from `notification_channels` and `notification_recipients`. */
export interface AlertRoute {
  readonly channels: readonly Channel[];
  /** By e-mail. */
  readonly recipients: readonly Recipient[];
  /** Slack channels; none: the one of the notification event. */
  readonly slackChannels: readonly string[];
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
  const recipients: Recipient[] = [];
  const slackChannels = new Set<string>();
  for (const one of listOf(storedRecipients, 'notification_recipients', notes)) {
    const read = readRecipient(one);
    if (read === null) notes.push(`A recipient is not one that can be told: left out.`);
    else if (read.kind === 'slack') slackChannels.add(read.channel);
    else recipients.push(read);
  }
  if (recipients.length + slackChannels.size === 0) chosen.clear();
  return { channels: [...chosen], recipients, slackChannels: [...slackChannels], notes };
}

function listOf(stored: unknown, name: string, notes: string[]): readonly unknown[] {
  const list = z.array(z.unknown()).nullish().safeParse(stored);
  if (list.success) return list.data ?? [];
  notes.push(`${name} is not a list: nobody is told.`);
  return [];
}

function readRecipient(
  stored: unknown,
): Recipient | { readonly kind: 'slack'; readonly channel: string } | null {
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
      return { kind: 'slack', channel: value };
    default:
      return null;
  }
}

function withId(value: string, recipient: (id: number) => Recipient): Recipient | null {
  const read = id.safeParse(value);
  return read.success ? recipient(read.data) : null;
}
