import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';

export const uarSchema = () =>
  new Command('schema')
    .description('Print the JSON Schema of the file that `uar import` reads')
    .addHelpText('after', examples('uar schema > comparisons.schema.json'));

export const uarExport = () =>
  new Command('export')
    .description('Print the comparisons as a file that `uar import` reads')
    .argument('[comparison]', 'its name or number; default: all that are not archived')
    .addHelpText('after', examples('uar export > comparisons.json'));
