import { allCommands, type CommandWords, type OptionWords } from './command-words.ts';

/** The manual page opsdeck-jobs(1), in the macros that every `man` has. */
export function manualPage(program: CommandWords, version: string): string {
  const leaves = allCommands(program).filter(({ commands }) => commands.length === 0);
  return `${[
    `.TH OPSDECK\\-JOBS 1 "" "opsdeck\\-jobs ${escaped(version)}" "User Commands"`,
    '.SH NAME',
    `opsdeck\\-jobs \\- ${escaped(lowerFirst(program.description))}`,
    '.SH SYNOPSIS',
    '.B opsdeck\\-jobs',
    '[options] <command>',
    '.SH DESCRIPTION',
    'Results go to stdout, everything else to stderr.',
    '.SH OPTIONS',
    'Every command takes these:',
    ...program.options.flatMap(optionLines),
    '.SH COMMANDS',
    ...leaves.flatMap(commandLines),
    '.SH ENVIRONMENT',
    ...item('DATABASE_URL', 'PostgreSQL database; not set: an embedded one in OPSDECK_JOBS_DATA_DIR'),
    ...item('TIMEZONE', 'business zone, such as Europe/Madrid'),
    ...item('OPSDECK_JOBS_CONFIG', 'configuration file; default: opsdeck-jobs.json in the working folder'),
    'A .env file in the working folder is read, too. The manual has all variables.',
    '.SH EXIT STATUS',
    ...exitStatus.flatMap(([code, meaning]) => item(code, meaning)),
  ].join('\n')}\n`;
}

const exitStatus = [
  ['0', 'done'],
  ['1', 'the job failed'],
  ['2', 'wrong usage or configuration'],
  ['3', 'not run: already running, paused, or the embedded database is in use'],
  ['4', 'checked and found something'],
  ['5', 'timed out'],
  ['6', 'database, disk, mail server or provider away: try again later'],
  ['130, 143', 'interrupted'],
] as const;

function commandLines(command: CommandWords): readonly string[] {
  const words = [...command.path, ...(command.options.length > 0 ? ['[options]'] : []), ...command.usage];
  return [
    `.SS ${escaped(words.join(' '))}`,
    paragraph(`${command.description}.`),
    ...command.options.filter(({ names }) => !names.includes('--help')).flatMap(optionLines),
  ];
}

function optionLines({ flags, description }: OptionWords): readonly string[] {
  return item(flags, description);
}

function item(term: string, text: string): readonly string[] {
  return ['.TP', `.B ${escaped(term)}`, paragraph(text)];
}

/** A line of text: one that begins with a dot or an apostrophe would be a macro. */
function paragraph(text: string): string {
  return escaped(text).replace(/^(?=[.'])/, '\\&');
}

/** Hyphens that people copy stay hyphens, a backslash is one, and what is not ASCII has a number. */
function escaped(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll(/[^ -~]/gu, (character) => `\\[u${hexadecimal(character)}]`);
}

function hexadecimal(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}

function lowerFirst(text: string): string {
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1).replace(/\.$/, '')}`;
}
