import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { json, statementTimeout } from '../../../src/cli/commands/options.ts';

export const verifyDrift = () =>
  new Command('drift')
    .description('Check the hash chain of the compliance snapshots; exit 4 when it is broken')
    .addOption(json)
    .addOption(statementTimeout)
    .addHelpText('after', examples('verify drift'));
