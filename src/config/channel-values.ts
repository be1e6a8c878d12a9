import type { ChannelValues } from '../notify/channels/definition.ts';
import { channels } from '../notify/channels/lookup.ts';
import { channelVariables } from './channel-settings.ts';
import type { EntryList } from './entries.ts';
import type { Found, ValueReader } from './value-reader.ts';

/** What each channel is configured with, by its name; a channel without settings has none. */
export interface ChannelConfig {
  readonly values: Readonly<Record<string, ChannelValues>>;
  readonly secrets: readonly Found<string | number>[];
}

export function readChannelSettings(reader: ValueReader, list: EntryList): ChannelConfig {
  const values: Record<string, Record<string, string | number>> = {};
  const secrets: Found<string | number>[] = [];
  for (const channel of channels) values[channel] = {};
  for (const { channel, key, setting, variable } of channelVariables) {
    const found = reader.read(variable);
    if (setting.secret) {
      list.addSecret(variable, found);
      if (found !== undefined) secrets.push(found);
    } else list.add(variable, found, setting.fallback);
    const value = found?.value ?? (setting.secret ? undefined : setting.fallback);
    if (value !== undefined) values[channel] = { ...values[channel], [key]: value };
  }
  return { values, secrets };
}

/** The addresses that messages go to, secrets: they must be the same on all hosts. */
export function routingOf(values: Readonly<Record<string, ChannelValues>>): readonly unknown[] {
  return channelVariables.flatMap(({ channel, key, setting }) =>
    setting.secret && setting.routes === true ? [values[channel]?.[key]] : [],
  );
}
