import { Command } from '@commander-js/extra-typings';
import { collect, examples } from '../../../src/cli/commands/command-context.ts';
import { actor, consentOptions, json } from '../../../src/cli/commands/options.ts';

const [, yes] = consentOptions;

export const retentionRestore = () =>
  new Command('restore')
    .description('Put archived rows back, exactly; existing rows stay as they are')
    .argument('<archive>', 'its number, its file, or the id of a run: all that the run archived')
    .option('--table <table>', 'only the rows of this table')
    .option('--where <column=value>', 'only rows with this value; several must all match', collect)
    .option('--folder <folder>', 'where the files are, if they were moved')
    .option('--dry-run', 'do it, show the result, and roll it back')
    .addOption(yes)
    .addOption(actor)
    .addOption(json)
    .addHelpText(
      'after',
      examples('retention restore 17 --dry-run', 'retention restore 17 --where user_id=42'),
    );
