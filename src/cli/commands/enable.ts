import { Command } from 'commander';
import type { EnableOptions } from '../actions/enable.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const enableCommand: DeclareCommand = ({ run }) =>
  new Command('enable')
    .description('let a job run on its schedule')
    .argument('<job>', 'the job, as `list` shows it')
    .option('--as <who>', 'who decides this, for the record; default: the user of the operating system')
    .addHelpText('after', examples('enable compliance-drift --as ana@example.org'))
    .action((job: string, options: EnableOptions) =>
      run(async (io, globals) => {
        const { enable } = await import('../actions/enable.ts');
        return enable(io, globals, job, options);
      }),
    );
