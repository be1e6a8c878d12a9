import { channels, definitionOf } from '../notify/channels/lookup.ts';
import type { ConfigFile } from './config-file.ts';
import type { EntryList } from './entries.ts';
import type { Problem } from './problem.ts';
import { secretUrlOf } from './secret-url.ts';

/** The addresses that a configured name stands for, by channel. Secrets. */
export type NamedDestination = Readonly<Record<string, string>>;

/** `destinations` of the configuration file, by name. */
export function readDestinationNames(
  file: ConfigFile,
  folder: string,
  list: EntryList,
  problems: Problem[],
): ReadonlyMap<string, NamedDestination> {
  return new Map(
    Object.keys(file.content.destinations ?? {}).map((name) => {
      const urls = channels.flatMap((channel) => {
        const key = definitionOf(channel).named?.key;
        if (key === undefined) return [];
        const url = secretUrlOf(['destinations', name, key], file, folder, list, problems);
        return url === undefined ? [] : [[channel, url]];
      });
      return [name, Object.fromEntries(urls)];
    }),
  );
}
