import { Command } from 'commander';
import type { SwitchJobOptions } from '../actions/switch-job.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const enableCommand: DeclareCommand = ({ run }) =>
  new Command('enable')
    .description('let a job run on its schedule')
    .argument('<job>', 'the job, as `list` shows it')
    .option('--as <who>', 'who decides this, for the record; default: the user of the operating system')
    .addHelpText('after', examples('enable compliance-drift --as ana@example.org'))
    .action((job: string, options: SwitchJobOptions) =>
      run(async (io, globals) => {
        const { switchJob } = await import('../actions/switch-job.ts');
        return switchJob(io, globals, 'enable', job, options);
      }),
    );
