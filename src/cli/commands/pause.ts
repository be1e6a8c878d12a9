import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { actor, everyJob, reason } from './options.ts';

export const declarePause = () =>
  new Command('pause')
    .description('Pause jobs for a while; their missed scheduled runs are recorded')
    .argument('[jobs...]', 'one or more jobs, as `list` shows them')
    .addOption(everyJob)
    .option(
      '--until <when>',
      'through a date, or until an ISO 8601 time or for a duration (2d); default: until `resume`',
    )
    .addOption(reason)
    .addOption(actor)
    .addHelpText('after', examples('pause compliance-drift --until 2d --reason "audit week"'));
