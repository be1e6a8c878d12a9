import { Command } from 'commander';
import type { SwitchJobOptions } from '../actions/switch-job.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const resumeCommand: DeclareCommand = ({ run }) =>
  new Command('resume')
    .description('end the pause of a job')
    .argument('<job>', 'the job, as `list` shows it')
    .option('--as <who>', 'who decides this, for the record; default: the user of the operating system')
    .addHelpText('after', examples('resume compliance-drift --as ana@example.org'))
    .action((job: string, options: SwitchJobOptions) =>
      run(async (io, globals) => {
        const { switchJob } = await import('../actions/switch-job.ts');
        return switchJob(io, globals, 'resume', job, options);
      }),
    );
