import { Command } from 'commander';
import type { DecideOptions } from '../runs/decide.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const resumeCommand: DeclareCommand = ({ run }) =>
  new Command('resume')
    .description('end the pause of jobs')
    .argument('[jobs...]', 'one or more jobs, as `list` shows them')
    .option('--all', 'every job')
    .option('--as <who>', 'who decides this, for the record; default: the user of the operating system')
    .addHelpText('after', examples('resume compliance-drift --as ana@example.org'))
    .action((jobs: readonly string[], options: DecideOptions) =>
      run(async (io, globals) => {
        const { switchJob } = await import('../actions/switch-job.ts');
        return switchJob(io, globals, 'resume', jobs, options);
      }),
    );
