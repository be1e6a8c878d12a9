import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { importOptions } from '../../../src/cli/commands/options.ts';

const [dryRun, json, timeout] = importOptions;

export const importOscal = () =>
  new Command('oscal')
    .description('Import controls of an OSCAL catalog (JSON, 1.0 to 1.2)')
    .argument('<file>', 'the catalog')
    .option('--framework <name>', 'the framework to create or update; default: the title of the catalog')
    .option(
      '--identifier <from>',
      'where the identifiers of controls are: label, id, or the name of a property',
      'label',
    )
    .option(
      '--accept-renumbered',
      'keep rules, links and decisions with identifiers that name another requirement now',
    )
    .option(
      '--withdraw',
      'mark controls that are no longer in the file as withdrawn; on a database of its own only',
    )
    .option('--yes', 'do not ask before --withdraw; needed without a terminal')
    .addOption(dryRun)
    .addOption(json)
    .addOption(timeout)
    .addHelpText(
      'after',
      examples('import oscal NIST_SP-800-53_rev5_catalog.json --framework "NIST 800-53"'),
    );
