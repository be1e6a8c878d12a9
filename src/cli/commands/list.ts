import { Command } from 'commander';
import type { ListOptions } from '../actions/list.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const listCommand: DeclareCommand = ({ run }) =>
  new Command('list')
    .description('show the jobs: state, schedule, next and last runs')
    .option('--check', 'only jobs with a problem; exit 4 when there is one')
    .option('--next <n>', 'also show the next n instants of each schedule')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('list', 'list --next 5', 'list --check --json'))
    .action((options: ListOptions) =>
      run(async (io, globals) => {
        const { list } = await import('../actions/list.ts');
        return list(io, globals, options);
      }),
    );
