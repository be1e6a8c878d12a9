import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { consentOptions, json, person, reason, requiredUntil } from '../../../src/cli/commands/options.ts';

const [dryRun, yes] = consentOptions;

export const retentionAccept = () =>
  new Command('accept')
    .description('Accept in advance what a policy takes, as it is now, through a day')
    .argument('<policy>', 'a policy that is switched on')
    .addOption(requiredUntil)
    .requiredOption('--max <rows>', 'at most so many rows in all; a run that finds more takes none')
    .addOption(reason)
    .addOption(dryRun)
    .addOption(yes)
    .addOption(person)
    .addOption(json)
    .addHelpText('after', examples('retention accept audit_log --until 2029-12-31 --max 50000 --yes'));
