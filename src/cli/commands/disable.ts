import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { actor, everyJob } from './options.ts';

export const declareDisable = () =>
  new Command('disable')
    .description('Keep jobs from running on their schedules')
    .argument('[jobs...]', 'one or more jobs, as `list` shows them')
    .addOption(everyJob)
    .addOption(actor)
    .addHelpText('after', examples('disable compliance-drift --as ana@example.org'));
