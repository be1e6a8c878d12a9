import { z } from 'zod';
import { type ChannelValues, mailOAuthProviders } from '../definition.ts';

const settings = z.strictObject({
  server: z.string(),
  port: z.number(),
  username: z.string().optional(),
  password: z.string().optional(),
  oauth: z.enum(mailOAuthProviders).optional(),
  oauthTenant: z.string().optional(),
  oauthClientId: z.string().optional(),
  oauthScope: z.string().optional(),
  oauthTokenUrl: z.string().optional(),
  oauthClientSecret: z.string().optional(),
  oauthRefreshToken: z.string().optional(),
  senderName: z.string(),
  from: z.string().optional(),
  replyTo: z.string().optional(),
  /** Without implicit TLS, which is always encrypted. */
  starttls: z.enum(['required', 'off']),
  /** undefined: `implicit` on port 465. */
  tls: z.enum(['implicit', 'starttls']).optional(),
  caFile: z.string().optional(),
  connections: z.number(),
  perMinute: z.number().optional(),
  giveUpAfter: z.string(),
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
