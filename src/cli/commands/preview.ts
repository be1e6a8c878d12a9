import { Command } from 'commander';
import type { PreviewOptions } from '../actions/preview.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const previewCommand: DeclareCommand = ({ run }) =>
  new Command('preview')
    .description('show what each job would do now, without writing anything')
    .argument('[job...]', 'only these jobs')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('preview', 'preview compliance-drift --json'))
    .action((jobs: string[], options: PreviewOptions) =>
      run(async (io, globals) => {
        const { preview } = await import('../actions/preview.ts');
        return preview(io, globals, jobs, options);
      }),
    );
