import { Command } from 'commander';
import type { DecideOptions } from '../runs/decide.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const disableCommand: DeclareCommand = ({ run }) =>
  new Command('disable')
    .description('keep jobs from running on their schedules')
    .argument('[jobs...]', 'one or more jobs, as `list` shows them')
    .option('--all', 'every job')
    .option('--as <who>', 'who decides this, for the record; default: the user of the operating system')
    .addHelpText('after', examples('disable compliance-drift --as ana@example.org'))
    .action((jobs: readonly string[], options: DecideOptions) =>
      run(async (io, globals) => {
        const { switchJob } = await import('../actions/switch-job.ts');
        return switchJob(io, globals, 'disable', jobs, options);
      }),
    );
