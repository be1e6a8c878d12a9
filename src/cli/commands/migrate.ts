import { Command } from 'commander';
import type { MigrateOptions } from '../actions/migrate.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const migrateCommand: DeclareCommand = ({ run }) =>
  new Command('migrate')
    .description('bring the database to the version of this program')
    .option('--status', 'show which migrations are applied')
    .option('--dry-run', 'show what would be applied, change nothing')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('migrate --dry-run', 'migrate'))
    .action((options: MigrateOptions) =>
      run(async (io, globals) => {
        const { migrate } = await import('../actions/migrate.ts');
        return migrate(io, globals, options);
      }),
    );
