import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { json } from '../../../src/cli/commands/options.ts';

export const verifyAuditFile = () =>
  new Command('audit-file')
    .description(
      "Check an auditor's file against its manifest, and against the database if there is one; exit 4 when it was changed",
    )
    .argument('<file>', 'the archive')
    .addOption(json)
    .addHelpText('after', examples('verify audit-file audit-2026.zip'));
