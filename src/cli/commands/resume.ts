import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { actor, everyJob } from './options.ts';

export const declareResume = () =>
  new Command('resume')
    .description('End the pause of jobs')
    .argument('[jobs...]', 'one or more jobs, as `list` shows them')
    .addOption(everyJob)
    .addOption(actor)
    .addHelpText('after', examples('resume compliance-drift --as ana@example.org'));
