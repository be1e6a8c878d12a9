import type { CommandUnknownOpts, Help } from '@commander-js/extra-typings';

const environment = `Environment (a .env file in the working folder is read too):
  DATABASE_URL         PostgreSQL database; not set: an embedded one in OPSDECK_JOBS_DATA_DIR
  TIMEZONE             business zone, such as Europe/Madrid
  OPSDECK_JOBS_CONFIG  configuration file; default: opsdeck-jobs.json in the working folder
Exit codes:
  0 done   1 the job failed   2 wrong usage or configuration   3 not run: running, paused, database in use
  4 checked and found something   5 timed out   6 other side away   130/143 interrupted`;

/** The first screen: at most 30 lines, the commands by group without their options. */
export function shortHelp(root: CommandUnknownOpts, helper: Help): string {
  const groups = byGroup(root);
  const width = Math.max(...groups.map(([heading]) => heading.length));
  return `${[
    `Usage: ${helper.commandUsage(root)}`,
    '',
    root.description(),
    '',
    ...groups.map(
      ([heading, commands]) =>
        `${heading.padEnd(width)}  ${commands.map((command) => command.name()).join(' · ')}`,
    ),
    '',
    ...options(root, helper),
    '',
    environment,
    '',
    'Examples:',
    '  $ opsdeck-jobs demo',
    '  $ opsdeck-jobs help --all       # every command, with what it does; `run-job --help`: its options',
  ].join('\n')}\n`;
}

/** `help --all`: every command with what it does. */
export function wholeHelp(root: CommandUnknownOpts, helper: Help): string {
  const groups = byGroup(root).map(
    ([heading, commands]) => [heading, commands.flatMap((command) => leaves(command, ''))] as const,
  );
  const width = Math.max(...groups.flatMap(([, rows]) => rows.map(([path]) => path.length)));
  return `${[
    `Usage: ${helper.commandUsage(root)}`,
    '',
    ...groups.flatMap(([heading, rows]) => [
      `${heading}:`,
      ...rows.map(([path, about]) => helper.formatItem(path, width, about, helper)),
      '',
    ]),
    ...options(root, helper),
    '',
    environment,
  ].join('\n')}\n`;
}

function options(root: CommandUnknownOpts, helper: Help): readonly string[] {
  const rows = helper.visibleOptions(root);
  const width = Math.max(...rows.map((option) => helper.optionTerm(option).length));
  return [
    'Options:',
    ...rows.map((option) =>
      helper.formatItem(helper.optionTerm(option), width, helper.optionDescription(option), helper),
    ),
  ];
}

/** In the order of the program; the group's heading without its colon. */
function byGroup(root: CommandUnknownOpts): readonly (readonly [string, readonly CommandUnknownOpts[]])[] {
  const groups = new Map<string, CommandUnknownOpts[]>();
  for (const command of root.commands) {
    const heading = command.helpGroup().replace(/:$/, '');
    groups.set(heading, [...(groups.get(heading) ?? []), command]);
  }
  return [...groups];
}

function leaves(command: CommandUnknownOpts, before: string): readonly (readonly [string, string])[] {
  const path = `${before}${command.name()}`;
  return command.commands.length === 0
    ? [[path, command.description()]]
    : command.commands.flatMap((child) => leaves(child, `${path} `));
}
