import { Command, Option } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { json, statementTimeout } from '../../../src/cli/commands/options.ts';

export const reportAuditFile = () =>
  new Command('audit-file')
    .description(
      "Write the auditor's file: all that was recorded about a framework in a period, as a ZIP archive",
    )
    .requiredOption('--framework <name>', 'the framework, by name or number')
    .requiredOption('--from <date>', 'the first day of the period, YYYY-MM-DD')
    .option('--to <date>', 'the last day of the period, included; default: today')
    .requiredOption('--output <file>', 'the archive')
    .addOption(
      new Option('--people <how>', 'show people by name, or by pseudonyms whose key is in FILE.people.json')
        .choices(['names', 'pseudonyms'] as const)
        .default('names' as const),
    )
    .addOption(json)
    .addOption(statementTimeout)
    .addHelpText(
      'after',
      examples(
        'report audit-file --framework "ISO 27001" --from 2026-01-01 --to 2026-12-31 --output audit-2026.zip',
        'report audit-file --framework 1 --from 2026-01-01 --people pseudonyms --output audit.zip',
      ),
    );
