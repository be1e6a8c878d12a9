import { z } from 'zod';
import type { ChannelValues } from '../definition.ts';

const settings = z.strictObject({
  server: z.string(),
  port: z.number(),
  username: z.string().optional(),
  password: z.string().optional(),
  senderName: z.string(),
  from: z.string().optional(),
  /** On other ports than 465, which is always encrypted. */
  starttls: z.enum(['required', 'off']),
});
export type EmailSettings = z.output<typeof settings>;

/** The settings of all channels, as far as e-mail needs them. */
export interface WithEmail {
  readonly channels: Readonly<Record<string, ChannelValues>>;
}

/** The values of the channel, by type. */
export function emailSettings({ channels }: WithEmail): EmailSettings {
  return settings.parse(channels['email']);
}
