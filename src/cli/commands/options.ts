import { Option } from '@commander-js/extra-typings';
import { reportFormats } from '../output/report-formats.ts';
import { collect } from './command-context.ts';

/** Options that several commands have: the same name means the same everywhere. */

export const json = new Option('--json', 'print one JSON document');

const sameAsJson = new Option('--json', 'the same as --format json').conflicts('format');

/** How a list is printed. {@link lazy} makes `--json` of `--format json`, and `csv` and `md` are the business of `printReport`. */
export const listFormat = [
  new Option('--format <format>', 'how to print it').choices(['text', 'json', 'csv', 'md'] as const),
  sameAsJson,
] as const;

/** How one thing is printed: it is more than a table. */
export const showFormat = [
  new Option('--format <format>', 'how to print it').choices(['text', 'json', 'md'] as const),
  sameAsJson,
] as const;

/** Who decides. */
export const actor = new Option(
  '--as <email>',
  'who decides, for the record; default: the user of the operating system',
);

/** Who decides, where that must be the account of a person: src/decisions/author.ts. */
export const person = new Option(
  '--as <email>',
  'who decides: the address of an active account, who gets a mail; default: the user of the operating system',
);

/** Why somebody decides; kept with the decision. */
export const reason = new Option('--reason <text>', 'why, for the record');
export const requiredReason = new Option('--reason <text>', 'why, for the record').makeOptionMandatory();

/** The last day of what is decided. */
export const until = new Option('--until <date>', 'through that day, YYYY-MM-DD');
export const requiredUntil = new Option(
  '--until <date>',
  'through that day, YYYY-MM-DD',
).makeOptionMandatory();

/** The days that a report is about: the last ones, or those between two dates. */
export const period = [
  new Option('--days <n>', 'how far to look back, 1 to 3650').default('30').conflicts(['from', 'to']),
  new Option('--from <date>', 'the first day of the period, YYYY-MM-DD'),
  new Option('--to <date>', 'the last day of the period, included; default: today'),
] as const;

/** Of what removes, replaces, withdraws or accepts something: src/cli/runs/confirm.ts. */
export const consentOptions = [
  new Option('--dry-run', 'show what would change and how much, change nothing'),
  new Option('--yes', 'do not ask; needed without a terminal'),
] as const;

/** How far back a list goes. */
export const since = new Option(
  '--since <when>',
  'only from then on: a date, an ISO 8601 time, or a duration back (2d)',
);

/** How much a list shows. */
export const limit = new Option('--limit <n>', 'at most so many').default('50');

/** Where a list goes on: it names the key itself. */
export const after = new Option(
  '--after <key>',
  'only what follows this one in the list, by its number or id',
);

/** Of each statement on an embedded database. */
export const statementTimeout = new Option(
  '--timeout <duration>',
  'end a statement on an embedded database after this time (10m, 2h); default: 30m',
);

export const everyJob = new Option('--all', 'every job');

/** How every report is printed, and where to; `own`: formats that this report alone has. */
export function reportOutput<const Own extends string = never>(...own: readonly Own[]) {
  return [
    new Option('--format <format>', 'how to print it')
      .choices([...reportFormats, ...own])
      .default('text' as const),
    new Option('--json', 'the same as --format json'),
    new Option('--output <file>', 'write it to a file; - is stdout').default('-'),
  ] as const;
}

/** What every import takes. */
export const importOptions = [
  new Option('--dry-run', 'check the file and show what would change, write nothing'),
  json,
  statementTimeout,
] as const;

/** What an import of CSV takes beside: how its file differs from the usual one. */
export const csvOptions = [
  new Option(
    '--map <heading=column>',
    'read a column under another heading; repeatable; other unknown columns are left out',
  ).argParser(collect),
  new Option('--encoding <name>', 'of the file; default: detected'),
] as const;
