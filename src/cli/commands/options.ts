import { Option } from '@commander-js/extra-typings';

/** Options that several commands have, in the same words. */

export const json = new Option('--json', 'print one JSON document');

/** Who decides, in the words of the commands about findings, alerts and rows. */
export const actor = new Option('--as <email>', 'who decides; default: the user of this machine');

/** Who decides, in the words of the commands about jobs and messages. */
export const recordedActor = new Option(
  '--as <who>',
  'who decides this, for the record; default: the user of the operating system',
);

export const everyJob = new Option('--all', 'every job');

/** Beside a report's own `--format`. */
export const reportOutput = [
  new Option('--json', 'the same as --format json'),
  new Option('--output <file>', 'write it to a file; - is stdout').default('-'),
] as const;

/** What every import takes. */
export const importOptions = [
  new Option('--dry-run', 'check the file and say what would change, write nothing'),
  json,
] as const;
