import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { reportOutput } from '../../../src/cli/commands/options.ts';
import { asOf } from './options.ts';

const [format, json, output] = reportOutput();

export const reportControls = () =>
  new Command('controls')
    .description('Report every control with its status and evidence, now or as it was on a day')
    .option('--framework <name>', 'only this framework, by name or number')
    .addOption(asOf)
    .addOption(format)
    .addOption(json)
    .addOption(output)
    .addHelpText(
      'after',
      examples('report controls --as-of 2026-06-30 --format md --output controls.md', 'report controls'),
    );
