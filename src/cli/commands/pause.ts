import { Command } from 'commander';
import type { PauseOptions } from '../actions/pause.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const pauseCommand: DeclareCommand = ({ run }) =>
  new Command('pause')
    .description('hold jobs back for a while; their missed firings are recorded')
    .argument('[jobs...]', 'one or more jobs, as `list` shows them')
    .option('--all', 'every job')
    .option('--until <when>', 'a date, an ISO 8601 time or a duration (2d); default: until `resume`')
    .option('--reason <text>', 'why, for the record')
    .option('--as <who>', 'who decides this, for the record; default: the user of the operating system')
    .addHelpText('after', examples('pause compliance-drift --until 2d --reason "audit week"'))
    .action((jobs: readonly string[], options: PauseOptions) =>
      run(async (io, globals) => {
        const { pause } = await import('../actions/pause.ts');
        return pause(io, globals, jobs, options);
      }),
    );
