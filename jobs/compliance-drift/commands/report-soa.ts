import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { reportOutput } from '../../../src/cli/commands/options.ts';

const [format, json, output] = reportOutput();

export const reportSoa = () =>
  new Command('soa')
    .description('Report the Statement of Applicability; a missing justification is listed first')
    .option('--framework <name>', 'only this framework, by name or number')
    .addOption(format)
    .addOption(json)
    .addOption(output)
    .addHelpText(
      'after',
      examples('report soa --framework "ISO 27001"', 'report soa --format html --output soa.html'),
    );
