import { z } from 'zod';
import {
  type ChannelSetting,
  type ChannelValueKind,
  mailOAuthProviders,
} from '../notify/channels/definition.ts';
import { channels, definitionOf } from '../notify/channels/lookup.ts';
import type { Channel } from '../notify/channels/names.ts';
import {
  count,
  durationText,
  hostName,
  mailAddress,
  mailOAuth,
  mailTls,
  port,
  signingSecret,
  starttls,
  text,
  webhookUrl,
} from './values.ts';
import { open, secret, type Variable } from './variable.ts';

/*
 * What can be set of the channels. It follows from their definitions: the variables, and the sections of the configuration file.
 */

/** Of each kind of value, what it may be in the environment and in the configuration file. */
const kinds: Readonly<
  Record<ChannelValueKind, { readonly text: z.ZodType<string | number, string>; readonly file: z.ZodType }>
> = {
  text: { text, file: z.string() },
  port: { text: port, file: z.int().min(1).max(65_535) },
  host_name: { text: hostName, file: hostName },
  mail_address: { text: mailAddress, file: mailAddress },
  starttls: { text: starttls, file: z.enum(['required', 'off']) },
  mail_tls: { text: mailTls, file: z.enum(['implicit', 'starttls']) },
  count: { text: count, file: z.int().min(1).max(10_000) },
  duration: { text: durationText, file: durationText },
  mail_oauth: { text: mailOAuth, file: z.enum(mailOAuthProviders) },
  web_address: { text: webhookUrl, file: z.string() },
  signing_secret: { text: signingSecret, file: z.string() },
};

interface ChannelVariable {
  readonly channel: Channel;
  /** The name under which the channel gets the value. */
  readonly key: string;
  readonly setting: ChannelSetting;
  readonly variable: Variable<string | number>;
}

export const channelVariables: readonly ChannelVariable[] = channels.flatMap((channel) =>
  Object.entries(definitionOf(channel).settings).map(([key, setting]) => {
    const schema = kinds[setting.kind].text;
    const variable = setting.secret
      ? secret(setting.variable, schema, setting.about)
      : open(setting.variable, schema, setting.path);
    return { channel, key, setting, variable };
  }),
);

/** The sections that the configuration file has for what is no secret. Typed as nothing: they are read by their path. */
export function channelSections(): object {
  const sections = new Map<string, Record<string, z.ZodType>>();
  for (const { setting } of channelVariables) {
    if (setting.secret) continue;
    const [section, key] = setting.path;
    const known = sections.get(section) ?? {};
    sections.set(section, { ...known, [key]: kinds[setting.kind].file.describe(setting.about) });
  }
  return Object.fromEntries(
    [...sections].map(([section, shape]) => [section, z.strictObject(shape).partial()]),
  );
}
