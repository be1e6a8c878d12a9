import { Command } from 'commander';
import type { ResumeOptions } from '../actions/resume.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const resumeCommand: DeclareCommand = ({ run }) =>
  new Command('resume')
    .description('end the pause of a job')
    .argument('<job>', 'the job, as `list` shows it')
    .option('--as <who>', 'who decides this, for the record; default: the user of the operating system')
    .addHelpText('after', examples('resume compliance-drift --as ana@example.org'))
    .action((job: string, options: ResumeOptions) =>
      run(async (io, globals) => {
        const { resume } = await import('../actions/resume.ts');
        return resume(io, globals, job, options);
      }),
    );
