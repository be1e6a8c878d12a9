import { Command } from 'commander';
import type { VerifyDriftOptions } from '../../../jobs/compliance-drift/commands/verify-drift.action.ts';
import type { VerifyArchivesOptions } from '../../../jobs/data-retention/commands/verify-archives.action.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const verifyCommand: DeclareCommand = ({ run }) => {
  const drift = new Command('drift')
    .description('check the hash chain of the compliance snapshots; exit 4 when it is broken')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('verify drift'))
    .action((options: VerifyDriftOptions) =>
      run(async (io, globals) => {
        const { verifyDrift } = await import(
          '../../../jobs/compliance-drift/commands/verify-drift.action.ts'
        );
        return verifyDrift(io, globals, options);
      }),
    );
  const archives = new Command('archives')
    .description('check every archive of data-retention against its manifest; exit 4 when something is wrong')
    .option('--folder <folder>', 'where the files are, if they were moved')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('verify archives'))
    .action((options: VerifyArchivesOptions) =>
      run(async (io, globals) => {
        const { verifyArchiveFiles } = await import(
          '../../../jobs/data-retention/commands/verify-archives.action.ts'
        );
        return verifyArchiveFiles(io, globals, options);
      }),
    );
  return new Command('verify')
    .description('check that what was recorded is unchanged')
    .addCommand(drift)
    .addCommand(archives)
    .addHelpText('after', examples('verify drift', 'verify archives'));
};
