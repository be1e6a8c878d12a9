import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { json } from '../../../src/cli/commands/options.ts';

export const explainFinding = () =>
  new Command('finding')
    .description('a finding of an access review')
    .argument('<id>', 'its number')
    .addOption(json)
    .addHelpText('after', examples('explain finding 12'));
