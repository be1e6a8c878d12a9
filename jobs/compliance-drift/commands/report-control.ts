import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { period, reportOutput } from '../../../src/cli/commands/options.ts';
import { controlWords, ofFramework } from './options.ts';

const [format, json, output] = reportOutput();
const [days, from, to] = period;

export const reportControl = () =>
  new Command('control')
    .description('Report what a control was expected to have in a period, and what was performed')
    .argument('<control>', controlWords)
    .addOption(ofFramework)
    .addOption(days)
    .addOption(from)
    .addOption(to)
    .addOption(format)
    .addOption(json)
    .addOption(output)
    .addHelpText(
      'after',
      examples(
        'report control AC-2 --from 2026-01-01 --to 2026-12-31',
        'report control A.5.1 --framework "ISO 27001" --days 365 --format html --output a51.html',
      ),
    );
