import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { everyJob, recordedActor } from './options.ts';

export const declareDisable = () =>
  new Command('disable')
    .description('keep jobs from running on their schedules')
    .argument('[jobs...]', 'one or more jobs, as `list` shows them')
    .addOption(everyJob)
    .addOption(recordedActor)
    .addHelpText('after', examples('disable compliance-drift --as ana@example.org'));
