import { Command } from 'commander';
import type { ConfigShowOptions } from '../actions/config-show.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const configCommand: DeclareCommand = ({ run }) => {
  const show = new Command('show')
    .description('print the effective values and where each came from; secrets are masked')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('config show'))
    .action((options: ConfigShowOptions) =>
      run(async (io, globals) => {
        const { configShow } = await import('../actions/config-show.ts');
        return configShow(io, globals, options);
      }),
    );
  const schema = new Command('schema')
    .description('print the JSON Schema of the configuration file')
    .addHelpText('after', examples('config schema > opsdeck-jobs.schema.json'))
    .action(() =>
      run(async (io, globals) => {
        const { configSchema } = await import('../actions/config-schema.ts');
        return configSchema(io, globals);
      }),
    );
  return new Command('config')
    .description('the configuration of this program')
    .addCommand(show)
    .addCommand(schema)
    .addHelpText('after', examples('config show --json'));
};
