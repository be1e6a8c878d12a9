import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { reportOutput } from '../../../src/cli/commands/options.ts';
import { controlWords } from './options.ts';

const [format, json, output] = reportOutput();

export const controlsShow = () =>
  new Command('show')
    .description('Show one control: its rules, evidence and links, its last changes and who was alerted')
    .argument('<control>', controlWords)
    .option('--framework <name>', 'the framework that it is in, by name or number')
    .addOption(format)
    .addOption(json)
    .addOption(output)
    .addHelpText('after', examples('controls show AC-2', 'controls show A.5.1 --framework "ISO 27001"'));
