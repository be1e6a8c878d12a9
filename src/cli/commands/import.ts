import { Command } from 'commander';
import type { ImportActivitiesOptions } from '../actions/import-activities.ts';
import type { ImportLinksOptions } from '../actions/import-links.ts';
import type { ImportOscalOptions } from '../actions/import-oscal.ts';
import type { ImportRulesOptions } from '../actions/import-rules.ts';
import type { ImportUsersOptions } from '../actions/import-users.ts';
import { addHelpSection, type CommandContext, type DeclareCommand, examples } from './command-context.ts';

/** The header of a CSV file, as the import itself knows it. */
function withColumns(
  command: Command,
  columns: () => Promise<ReadonlyArray<{ name: string; required: boolean; about: string }>>,
): Command {
  return addHelpSection(command, async () => {
    const rows = await columns();
    const width = Math.max(...rows.map(({ name }) => name.length));
    const lines = rows.map(
      ({ name, required, about }) =>
        `  ${name.padEnd(width)}  ${required ? 'required' : 'optional'}  ${about}`,
    );
    return `Columns, in any order, with a header:\n${lines.join('\n')}\n`;
  });
}

function importOption(command: Command): Command {
  return command
    .option('--dry-run', 'check the file and say what would change, write nothing')
    .option('--json', 'print one JSON document');
}

function oscal({ run }: CommandContext): Command {
  return importOption(
    new Command('oscal')
      .description('controls of an OSCAL catalog (JSON, 1.0 and 1.1)')
      .argument('<file>', 'the catalog')
      .option('--framework <name>', 'the framework to create or update; default: the title of the catalog'),
  )
    .addHelpText('after', examples('import oscal NIST_SP-800-53_rev5_catalog.json --framework "NIST 800-53"'))
    .action((file: string, options: ImportOscalOptions) =>
      run(async (io, globals) => {
        const { importOscal } = await import('../actions/import-oscal.ts');
        return importOscal(io, globals, file, options);
      }),
    );
}

function rules({ run }: CommandContext): Command {
  const command = importOption(
    new Command('rules')
      .description('rules that judge controls by evidence')
      .argument('<file>', 'CSV in UTF-8')
      .option('--framework <name>', 'the framework of rows that name none'),
  )
    .addHelpText('after', examples('import rules rules.csv --framework "NIST 800-53" --dry-run'))
    .action((file: string, options: ImportRulesOptions) =>
      run(async (io, globals) => {
        const { importRules } = await import('../actions/import-rules.ts');
        return importRules(io, globals, file, options);
      }),
    );
  return withColumns(command, async () => (await import('../../import/kinds/rules.ts')).rules.columns);
}

function activities({ run }: CommandContext): Command {
  const command = importOption(
    new Command('activities')
      .description('security activities and their executions, the evidence of rules')
      .argument('<file>', 'CSV in UTF-8'),
  )
    .addHelpText('after', examples('import activities activities.csv'))
    .action((file: string, options: ImportActivitiesOptions) =>
      run(async (io, globals) => {
        const { importActivities } = await import('../actions/import-activities.ts');
        return importActivities(io, globals, file, options);
      }),
    );
  return withColumns(
    command,
    async () => (await import('../../import/kinds/activities.ts')).activities.columns,
  );
}

function links({ run }: CommandContext): Command {
  const command = importOption(
    new Command('links')
      .description('links from controls to what fulfils them')
      .argument('<file>', 'CSV in UTF-8')
      .option('--framework <name>', 'the framework of rows that name none'),
  )
    .addHelpText('after', examples('import links links.csv --framework "NIST 800-53"'))
    .action((file: string, options: ImportLinksOptions) =>
      run(async (io, globals) => {
        const { importLinks } = await import('../actions/import-links.ts');
        return importLinks(io, globals, file, options);
      }),
    );
  return withColumns(command, async () => (await import('../../import/kinds/links.ts')).links.columns);
}

function users({ run }: CommandContext): Command {
  const command = importOption(
    new Command('users').description('people, who receive alerts').argument('<file>', 'CSV in UTF-8'),
  )
    .addHelpText('after', examples('import users users.csv'))
    .action((file: string, options: ImportUsersOptions) =>
      run(async (io, globals) => {
        const { importUsers } = await import('../actions/import-users.ts');
        return importUsers(io, globals, file, options);
      }),
    );
  return withColumns(command, async () => (await import('../../import/kinds/users.ts')).users.columns);
}

export const importCommand: DeclareCommand = (context) => {
  const command = new Command('import').description(
    'bring in controls, rules, evidence and people from files',
  );
  for (const declare of [oscal, rules, activities, links, users]) command.addCommand(declare(context));
  return command.addHelpText(
    'after',
    examples('import oscal catalog.json', 'import rules rules.csv --dry-run'),
  );
};
