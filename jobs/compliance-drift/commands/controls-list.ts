import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { reportOutput } from '../../../src/cli/commands/options.ts';
import { asOf } from './options.ts';

const [format, json, output] = reportOutput();

export const controlsList = () =>
  new Command('list')
    .description('List controls as they are now, worst first, with what fixes them')
    .option('--framework <name>', 'only this framework, by name or number')
    .option('--failing', 'only non-compliant controls and those in warning')
    .option('--status <list>', 'only controls in one of these states (comma-separated)')
    .addOption(asOf)
    .addOption(format)
    .addOption(json)
    .addOption(output)
    .addHelpText(
      'after',
      examples(
        'controls list --failing',
        'controls list --as-of 2026-06-30',
        'controls list --framework "NIST 800-53" --format csv',
      ),
    );
