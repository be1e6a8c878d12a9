import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { actor, everyJob } from './options.ts';

export const declarePause = () =>
  new Command('pause')
    .description('hold jobs back for a while; their missed firings are recorded')
    .argument('[jobs...]', 'one or more jobs, as `list` shows them')
    .addOption(everyJob)
    .option('--until <when>', 'a date, an ISO 8601 time or a duration (2d); default: until `resume`')
    .option('--reason <text>', 'why, for the record')
    .addOption(actor)
    .addHelpText('after', examples('pause compliance-drift --until 2d --reason "audit week"'));
