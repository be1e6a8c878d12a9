import { Command } from 'commander';
import type { DemoOptions } from '../actions/demo.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const demoCommand: DeclareCommand = ({ run }) =>
  new Command('demo')
    .description('show compliance drift on sample data in a throw-away database; touches nothing of yours')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('demo'))
    .action((options: DemoOptions) =>
      run(async (io, globals) => {
        const { demo } = await import('../actions/demo.ts');
        return demo(io, globals, options);
      }),
    );
