import { Command } from 'commander';
import type { HistoryOptions } from '../actions/history.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const historyCommand: DeclareCommand = ({ run }) =>
  new Command('history')
    .description('show past runs, newest first')
    .argument('[job]', 'only this job')
    .option('--run <id>', 'one run with its result and error')
    .option('--limit <n>', 'at most so many runs')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('history compliance-drift --limit 10', 'history --run 6f1c0c1e --json'))
    .action((job: string | undefined, options: HistoryOptions) =>
      run(async (io, globals) => {
        const { history } = await import('../actions/history.ts');
        return history(io, globals, job, options);
      }),
    );
