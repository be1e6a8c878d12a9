import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { actor, everyJob } from './options.ts';

export const declareEnable = () =>
  new Command('enable')
    .description('Let jobs run on their schedules')
    .argument('[jobs...]', 'one or more jobs, as `list` shows them')
    .addOption(everyJob)
    .addOption(actor)
    .addHelpText('after', examples('enable compliance-drift uar --as ana@example.org', 'enable --all'));
