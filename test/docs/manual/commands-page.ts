import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { groups, served } from '../../../bin/command-line.ts';
import { loadHelpSection } from '../../../src/cli/commands/command-context.ts';
import { buildProgram } from '../../../src/cli/program.ts';
import { memoryIo } from '../../support/memory-io.ts';
import { generated, page, table } from './markdown.ts';

/** docs/commands.md: every command of the program, in the order of its help. */
export async function commandsPage(): Promise<string> {
  const { io, stdout } = memoryIo({ columns: 10_000 });
  const { command: root } = buildProgram(io, groups, served);
  const examplesOf = (command: CommandUnknownOpts): string => {
    const before = stdout().length;
    command.outputHelp();
    const lines = stdout().slice(before).split('\n');
    const found = lines.filter((line) => line.startsWith('  $ ')).map((line) => line.slice(4));
    return found.length === 0 ? '' : `\`\`\`sh no-run\n${found.join('\n')}\n\`\`\``;
  };
  const leaves = (command: CommandUnknownOpts): readonly CommandUnknownOpts[] =>
    command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
  const section = async (command: CommandUnknownOpts): Promise<string> => {
    const columns = (await loadHelpSection(command)).trim();
    return page(
      `### ${pathOf(command)}`,
      sentence(command.description()),
      `\`${usageOf(command)}\``,
      optionsOf(command),
      columns === '' ? '' : `\`\`\`text\n${columns}\n\`\`\``,
      examplesOf(command),
    ).trimEnd();
  };
  const parts: string[] = [];
  for (const command of root.commands) {
    const heading = command.helpGroup().replace(/:$/, '');
    if (!parts.includes(`## ${heading}`)) parts.push(`## ${heading}`);
    for (const leaf of leaves(command)) parts.push(await section(leaf));
  }
  return page(
    '# Commands',
    generated,
    'Results go to stdout, everything else to stderr. `--json` prints exactly one JSON document.',
    'What removes, replaces or withdraws something, sends something again, or accepts what a check found or refused, has `--dry-run` and `--yes`. `--dry-run` shows what would change, with a count. Without `--yes` a terminal shows the same and asks; without a terminal the command is refused (exit 2). Nothing is asked where nothing would change. Imports only add and update: they have `--dry-run` alone.',
    'Every command takes these options:',
    optionsOf(root),
    ...parts,
  );
}

function pathOf(command: CommandUnknownOpts): string {
  const { parent } = command;
  return parent === null || parent.parent === null ? command.name() : `${pathOf(parent)} ${command.name()}`;
}

function usageOf(command: CommandUnknownOpts): string {
  const words = command.registeredArguments.map((argument) => {
    const name = `${argument.name().toUpperCase()}${argument.variadic ? '…' : ''}`;
    return argument.required ? name : `[${name}]`;
  });
  return [
    'opsdeck-jobs',
    pathOf(command),
    ...(command.options.length > 0 ? ['[options]'] : []),
    ...words,
  ].join(' ');
}

function optionsOf(command: CommandUnknownOpts): string {
  const given = command.registeredArguments
    .filter(({ description }) => description !== '')
    .map((argument) => [`\`${argument.name().toUpperCase()}\``, argument.description]);
  const options = command.options.map(({ flags, description, mandatory, defaultValue }) => {
    const notes = [
      mandatory ? 'required' : '',
      defaultValue === undefined ? '' : `default: \`${String(defaultValue)}\``,
    ].filter((note) => note !== '');
    return [`\`${flags}\``, notes.length === 0 ? description : `${description} (${notes.join('; ')})`];
  });
  const rows = [...given, ...options];
  return rows.length === 0 ? '' : table(['option', 'meaning'], rows);
}

function sentence(text: string): string {
  return text === ''
    ? ''
    : `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
