import { Command } from 'commander';
import type {
  HoldAddOptions,
  HoldListOptions,
  HoldReleaseOptions,
} from '../../../jobs/data-retention/commands/retention-hold.action.ts';
import type { RestoreOptions } from '../../../jobs/data-retention/commands/retention-restore.action.ts';
import { collect, type DeclareCommand, examples } from './command-context.ts';

export const retentionCommand: DeclareCommand = ({ run }) => {
  const add = new Command('add')
    .description('keep rows, whatever the policies say, until the hold is released or its last day is over')
    .requiredOption('--table <table>', 'one of the tables that policies may name')
    .option('--where <column=value>', 'rows with this value; several must all match', collect)
    .option('--all', 'every row of the table')
    .requiredOption('--case <text>', 'what it is for')
    .option('--until <date>', 'its last day, YYYY-MM-DD; default: until it is released')
    .option('--as <email>', 'who decides; default: the user of this machine')
    .addHelpText(
      'after',
      examples('retention hold add --table audit_log --where user_id=42 --case "Case 2026-117"'),
    )
    .action((options: HoldAddOptions) =>
      run(async (io, globals) => {
        const { addRetentionHold } = await import(
          '../../../jobs/data-retention/commands/retention-hold.action.ts'
        );
        return addRetentionHold(io, globals, options);
      }),
    );
  const list = new Command('list')
    .description('the holds in force')
    .option('--all', 'those that were released or have ended, too')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('retention hold list'))
    .action((options: HoldListOptions) =>
      run(async (io, globals) => {
        const { listRetentionHolds } = await import(
          '../../../jobs/data-retention/commands/retention-hold.action.ts'
        );
        return listRetentionHolds(io, globals, options);
      }),
    );
  const release = new Command('release')
    .description('end a hold; the rows may still be under another one')
    .argument('<id>', 'its number')
    .option('--note <text>', 'why')
    .option('--as <email>', 'who decides; default: the user of this machine')
    .addHelpText('after', examples('retention hold release 3 --note "Case closed"'))
    .action((id: string, options: HoldReleaseOptions) =>
      run(async (io, globals) => {
        const { releaseRetentionHold } = await import(
          '../../../jobs/data-retention/commands/retention-hold.action.ts'
        );
        return releaseRetentionHold(io, globals, id, options);
      }),
    );
  const hold = new Command('hold')
    .description('rows that no policy touches')
    .addCommand(add)
    .addCommand(list)
    .addCommand(release)
    .addHelpText('after', examples('retention hold list'));
  const restore = new Command('restore')
    .description('put archived rows back, exactly; what is there already is left')
    .argument('<archive>', 'its number, its file, or the id of a run: all that the run archived')
    .option('--table <table>', 'only the rows of this table')
    .option('--where <column=value>', 'only rows with this value; several must all match', collect)
    .option('--folder <folder>', 'where the files are, if they were moved')
    .option('--dry-run', 'do it, say what it came to, and roll it back')
    .option('--as <email>', 'who decides; default: the user of this machine')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples('retention restore 17 --dry-run', 'retention restore 17 --where user_id=42'),
    )
    .action((archive: string, options: RestoreOptions) =>
      run(async (io, globals) => {
        const { restoreArchives } = await import(
          '../../../jobs/data-retention/commands/retention-restore.action.ts'
        );
        return restoreArchives(io, globals, archive, options);
      }),
    );
  return new Command('retention')
    .description('holds on rows, and archives that are put back')
    .addCommand(hold)
    .addCommand(restore)
    .addHelpText('after', examples('retention hold list', 'retention restore 17 --dry-run'));
};
