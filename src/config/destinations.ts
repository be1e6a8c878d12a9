import type { ConfigFile } from './config-file.ts';
import type { EntryList } from './entries.ts';
import type { Problem } from './problem.ts';
import { secretUrlOf } from './secret-url.ts';

/** The addresses that a configured name stands for, by channel. Secrets. */
export interface NamedDestination {
  readonly slack: string | undefined;
  readonly webhook: string | undefined;
  readonly discord: string | undefined;
}

/** `destinations` of the configuration file, by name. */
export function readDestinationNames(
  file: ConfigFile,
  folder: string,
  list: EntryList,
  problems: Problem[],
): ReadonlyMap<string, NamedDestination> {
  return new Map(
    Object.keys(file.content.destinations ?? {}).map((name) => {
      const url = (key: string) => secretUrlOf(['destinations', name, key], file, folder, list, problems);
      return [
        name,
        {
          slack: url('slack_webhook_url'),
          webhook: url('webhook_url'),
          discord: url('discord_webhook_url'),
        },
      ];
    }),
  );
}
