import { Command } from '@commander-js/extra-typings';
import type { CsvKind } from '../../import/csv-kind.ts';
import { type DeclareCommand, examples, lazy, withHelpSection } from './command-context.ts';
import { csvOptions, importOptions } from './options.ts';

/** One kind of file that a job takes in: its command, and where its rows are read. */
export interface CsvDeclaration {
  readonly name: string;
  readonly description: string;
  /** The file has a column for the framework, and may leave it out. */
  readonly framework: boolean;
  readonly example: string;
  readonly load: () => Promise<CsvKind>;
}

const [dryRun, json, timeout] = importOptions;
const [map, encoding] = csvOptions;

/** `import NAME FILE` for a kind of CSV file. */
export function importCsv(declaration: CsvDeclaration): DeclareCommand {
  const { name, description, framework, example, load } = declaration;
  const declare = () =>
    new Command(name)
      .description(description)
      .argument('<file>', 'a CSV file')
      .addOption(map)
      .addOption(encoding)
      .addOption(dryRun)
      .addOption(json)
      .addOption(timeout)
      .addHelpText('after', examples(example));
  const loadAction = async () => {
    const { importing } = await import('../actions/import-csv.ts');
    return importing(await load());
  };
  const command = framework
    ? lazy(() => declare().option('--framework <name>', 'the framework of rows without one'), loadAction)
    : lazy(declare, loadAction);
  return withColumns(command, async () => (await load()).columns);
}

/** The header of a CSV file, as the import itself knows it, at the end of its command's help. */
export function withColumns(
  command: DeclareCommand,
  columns: () => Promise<ReadonlyArray<{ name: string; required: boolean; about: string }>>,
): DeclareCommand {
  return withHelpSection(command, async () => {
    const rows = await columns();
    const width = Math.max(...rows.map(({ name }) => name.length));
    const lines = rows.map(
      ({ name, required, about }) =>
        `  ${name.padEnd(width)}  ${required ? 'required' : 'optional'}  ${about}`,
    );
    return `Columns, in any order, with a header:\n${lines.join('\n')}\n`;
  });
}
