import { Command } from 'commander';
import type { DecideOptions } from '../runs/decide.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const enableCommand: DeclareCommand = ({ run }) =>
  new Command('enable')
    .description('let jobs run on their schedules')
    .argument('[jobs...]', 'one or more jobs, as `list` shows them')
    .option('--all', 'every job')
    .option('--as <who>', 'who decides this, for the record; default: the user of the operating system')
    .addHelpText('after', examples('enable compliance-drift uar --as ana@example.org', 'enable --all'))
    .action((jobs: readonly string[], options: DecideOptions) =>
      run(async (io, globals) => {
        const { switchJob } = await import('../actions/switch-job.ts');
        return switchJob(io, globals, 'enable', jobs, options);
      }),
    );
