import { Command, Option } from 'commander';
import type { CsvKind } from '../../import/csv-kind.ts';
import type { ImportOptions } from '../actions/import-csv.ts';
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
    .action((file: string, options: ImportOptions) =>
      run(async (io, globals) => {
        const { importOscal } = await import(
          '../../../jobs/compliance-drift/commands/import-oscal.action.ts'
        );
        return importOscal(io, globals, file, options);
      }),
    );
}

interface CsvDeclaration<Row> {
  readonly name: string;
  readonly description: string;
  /** The file has a column for the framework, and may leave it out. */
  readonly framework: boolean;
  readonly example: string;
  readonly load: () => Promise<CsvKind<Row>>;
}

function csv<Row>({ run }: CommandContext, declaration: CsvDeclaration<Row>): Command {
  const { name, description, framework, example, load } = declaration;
  const command = importOption(new Command(name).description(description).argument('<file>', 'CSV in UTF-8'));
  if (framework) command.option('--framework <name>', 'the framework of rows that name none');
  command.addHelpText('after', examples(example)).action((file: string, options: ImportOptions) =>
    run(async (io, globals) => {
      const { importCsvFile } = await import('../actions/import-csv.ts');
      return importCsvFile(io, globals, await load(), file, options);
    }),
  );
  return withColumns(command, async () => (await load()).columns);
}

function certificates({ run }: CommandContext): Command {
  const load = async () => (await import('../../../jobs/expiry/import/certificates.ts')).certificates;
  const command = importOption(
    new Command('certificates')
      .description('certificates that expire, from PEM files or a CSV file, without their keys')
      .argument('<path>', 'a folder of PEM files (.pem, .crt, .cer, .cert), one of them, or CSV in UTF-8'),
  )
    .addOption(
      new Option('--owner-email <email>', 'the user who owns those that name no owner').conflicts(
        'ownerGroup',
      ),
    )
    .option('--owner-group <name>', 'the group that owns those that name no owner')
    .addHelpText(
      'after',
      examples(
        'import certificates /etc/ssl/live --owner-group Platform --dry-run',
        'import certificates www.example.org.pem',
        'import certificates certificates.csv',
      ),
    )
    .action((path: string, options: ImportOptions) =>
      run(async (io, globals) => {
        const { importCsvFile } = await import('../actions/import-csv.ts');
        const { openCertificates } = await import('../../../jobs/expiry/import/pem-files.ts');
        return importCsvFile(io, globals, await load(), path, options, openCertificates);
      }),
    );
  return withColumns(command, async () => (await load()).columns);
}

export const importCommand: DeclareCommand = (context) => {
  const command = new Command('import').description(
    'bring in controls, rules, evidence, people, subscriptions, licences, credentials and certificates from files',
  );
  command.addCommand(oscal(context));
  command.addCommand(
    csv(context, {
      name: 'rules',
      description: 'rules that judge controls by evidence',
      framework: true,
      example: 'import rules rules.csv --framework "NIST 800-53" --dry-run',
      load: async () => (await import('../../../jobs/compliance-drift/import/rules.ts')).rules,
    }),
  );
  command.addCommand(
    csv(context, {
      name: 'activities',
      description: 'security activities and their executions, the evidence of rules',
      framework: false,
      example: 'import activities activities.csv',
      load: async () => (await import('../../../jobs/compliance-drift/import/activities.ts')).activities,
    }),
  );
  command.addCommand(
    csv(context, {
      name: 'links',
      description: 'links from controls to what fulfils them',
      framework: true,
      example: 'import links links.csv --framework "NIST 800-53"',
      load: async () => (await import('../../../jobs/compliance-drift/import/links.ts')).links,
    }),
  );
  command.addCommand(
    csv(context, {
      name: 'users',
      description: 'people, who receive alerts',
      framework: false,
      example: 'import users users.csv',
      load: async () => (await import('../../../jobs/uar/import/users.ts')).users,
    }),
  );
  command.addCommand(
    csv(context, {
      name: 'subscriptions',
      description: 'what renews, with owner and cost',
      framework: false,
      example: 'import subscriptions subscriptions.csv --dry-run',
      load: async () => (await import('../../../jobs/expiry/import/subscriptions.ts')).subscriptions,
    }),
  );
  command.addCommand(
    csv(context, {
      name: 'licenses',
      description: 'licences that expire, without their keys',
      framework: false,
      example: 'import licenses licenses.csv',
      load: async () => (await import('../../../jobs/expiry/import/licenses.ts')).licenses,
    }),
  );
  command.addCommand(
    csv(context, {
      name: 'credentials',
      description: 'credentials that expire, without their secrets',
      framework: false,
      example: 'import credentials credentials.csv',
      load: async () => (await import('../../../jobs/expiry/import/credentials.ts')).credentials,
    }),
  );
  command.addCommand(certificates(context));
  return command.addHelpText(
    'after',
    examples('import oscal catalog.json', 'import rules rules.csv --dry-run'),
  );
};
