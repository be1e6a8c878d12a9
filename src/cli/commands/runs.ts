import { Command } from 'commander';
import type { RunsCancelOptions } from '../actions/runs-cancel.ts';
import type { RunsListOptions } from '../actions/runs-list.ts';
import type { RunsShowOptions } from '../actions/runs-show.ts';
import { type DeclareCommand, examples } from './command-context.ts';

const id = ['<id>', 'the id of a run, or its first four or more characters'] as const;
const json = ['--json', 'print one JSON document'] as const;

export const runsCommand: DeclareCommand = ({ run }) => {
  const list = new Command('list')
    .description('show past runs, newest first')
    .argument('[job]', 'only this job')
    .option('--limit <n>', 'at most so many runs', '20')
    .option(...json)
    .addHelpText('after', examples('runs list compliance-drift --limit 10'))
    .action((job: string | undefined, options: RunsListOptions) =>
      run(async (io, globals) => {
        const { runsList } = await import('../actions/runs-list.ts');
        return runsList(io, globals, job, options);
      }),
    );
  const show = new Command('show')
    .description('show one run with its result and error')
    .argument(...id)
    .option(...json)
    .addHelpText('after', examples('runs show 6f1c0c1e --json'))
    .action((runId: string, options: RunsShowOptions) =>
      run(async (io, globals) => {
        const { runsShow } = await import('../actions/runs-show.ts');
        return runsShow(io, globals, runId, options);
      }),
    );
  const cancel = new Command('cancel')
    .description('end a run that is going, on whichever host')
    .argument(...id)
    .option('--reason <text>', 'why, for the record')
    .option('--as <who>', 'who decides this, for the record; default: the user of the operating system')
    .addHelpText('after', examples('runs cancel 6f1c0c1e --reason "blocks the import"'))
    .action((runId: string, options: RunsCancelOptions) =>
      run(async (io, globals) => {
        const { runsCancel } = await import('../actions/runs-cancel.ts');
        return runsCancel(io, globals, runId, options);
      }),
    );
  return new Command('runs')
    .description('look at runs, and end them')
    .addCommand(list)
    .addCommand(show)
    .addCommand(cancel)
    .addHelpText('after', examples('runs list', 'runs show 6f1c0c1e'));
};
