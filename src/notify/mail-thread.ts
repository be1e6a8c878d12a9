import { z } from 'zod';
import type { MailThread } from './notifier.ts';

/** Under this name the outbox keeps it among the variables of a mail. */
export const mailThreadKey = 'mail_thread';

const stored = z.object({ key: z.string(), begins: z.boolean() });

/** What is stored, checked; null: there is none. */
export function readMailThread(value: unknown): MailThread | null {
  return stored.safeParse(value).data ?? null;
}
