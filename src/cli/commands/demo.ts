import { Command } from 'commander';
import type { DemoOptions } from '../../../jobs/demo/commands/demo.action.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const demoCommand: DeclareCommand = ({ run }) =>
  new Command('demo')
    .description('show compliance drift on sample data in a throw-away database; touches nothing of yours')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('demo'))
    .action((options: DemoOptions) =>
      run(async (io, globals) => {
        const { demo } = await import('../../../jobs/demo/commands/demo.action.ts');
        return demo(io, globals, options);
      }),
    );
