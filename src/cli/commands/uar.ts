import { Command, Option } from 'commander';
import type { UarCompareOptions } from '../../../jobs/uar/commands/uar-compare.action.ts';
import type { UarDecideOptions } from '../../../jobs/uar/commands/uar-decide.action.ts';
import type {
  ExceptionAddOptions,
  ExceptionRevokeOptions,
} from '../../../jobs/uar/commands/uar-exception.action.ts';
import type { UarFindingsOptions } from '../../../jobs/uar/commands/uar-findings.action.ts';
import type { UarImportOptions } from '../../../jobs/uar/commands/uar-import.action.ts';
import type { SignOffOptions } from '../../../jobs/uar/commands/uar-sign-off.action.ts';
import { findingSeverities, findingStatuses, findingTypes } from '../../../jobs/uar/finding-words.ts';
import { failOnLevels } from '../../job/define-job.ts';
import { type CommandContext, collect, type DeclareCommand, examples } from './command-context.ts';

export const uarCommand: DeclareCommand = (context) =>
  new Command('uar')
    .description('user access reviews: comparisons, findings, decisions, exceptions, sign-off')
    .addCommand(listCommand(context))
    .addCommand(findingsCommand(context))
    .addCommand(compareCommand(context))
    .addCommand(importCommand(context))
    .addCommand(
      decideCommand(
        context,
        'resolve',
        'the finding is dealt with',
        'uar resolve 12 --note "access removed, CHG-77"',
      ),
    )
    .addCommand(
      decideCommand(
        context,
        'acknowledge',
        'the finding is known and being worked on',
        'uar acknowledge 12 13 --note "asked the owner" --as ana@example.org',
      ),
    )
    .addCommand(
      decideCommand(
        context,
        'false-positive',
        'the finding is right as it is, until its data change',
        'uar false-positive 12 --note "shared mailbox"',
      ),
    )
    .addCommand(exceptionCommand(context))
    .addCommand(signOffCommand(context))
    .addHelpText('after', examples('uar list', 'uar findings --severity critical'));

function listCommand({ run }: CommandContext): Command {
  return new Command('list')
    .description('the comparisons: when they run, what the last execution found')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('uar list'))
    .action((options: { readonly json?: boolean }) =>
      run(async (io, globals) => {
        const { uarList } = await import('../../../jobs/uar/commands/uar-list.action.ts');
        return uarList(io, globals, options);
      }),
    );
}

function findingsCommand({ run }: CommandContext): Command {
  return new Command('findings')
    .description('findings, worst first; those that nobody has closed unless --status says otherwise')
    .option('--comparison <number>', 'only of this comparison')
    .addOption(new Option('--status <status>', 'only with this status').choices([...findingStatuses, 'all']))
    .addOption(new Option('--severity <severity>', 'only of this severity').choices(findingSeverities))
    .addOption(new Option('--type <type>', 'only of this type').choices(findingTypes))
    .option('--limit <n>', 'at most so many', '50')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples('uar findings --comparison 5 --severity critical', 'uar findings --status all --json'),
    )
    .action((options: UarFindingsOptions) =>
      run(async (io, globals) => {
        const { uarFindings } = await import('../../../jobs/uar/commands/uar-findings.action.ts');
        return uarFindings(io, globals, options);
      }),
    );
}

function compareCommand({ run }: CommandContext): Command {
  return new Command('compare')
    .description('compare two CSV files by a key; needs no configuration and writes to no database')
    .argument('<a>', 'CSV file of what should be, such as the people that HR knows')
    .argument('<b>', 'CSV file of what is, such as the accounts of a system')
    .requiredOption('--key <column>', 'the column that says which row it is')
    .option('--key-b <column>', 'its name in B where that is another one')
    .option(
      '--fields <list>',
      'columns to compare, as a,b or a:name_in_b; default: all that both have',
      collect,
    )
    .option('--no-fields', 'compare no columns, only which keys are there')
    .option(
      '--type <column=type>',
      'number, boolean, date, list or json instead of text; repeatable',
      collect,
    )
    .option('--privileged <list>', 'columns in which a difference is of high severity', collect)
    .option('--ignore-case', 'capital letters do not count, in keys and columns')
    .option('--trim', 'white space around does not count, in keys and columns')
    .option('--nfc', 'the spelling of accents in Unicode does not count, in keys')
    .option('--strip-domain <domain>', "leave this domain out of keys; 'any': every one")
    .option('--delimiter <character>', 'of both files: , ; | or tab; default: found out')
    .option('--encoding <name>', 'of both files; default: found out')
    .addOption(
      new Option('--format <format>', 'how to print it').choices(['table', 'json', 'csv']).default('table'),
    )
    .option('--json', 'the same as --format json')
    .option('--output <file>', 'write it to a file; - is stdout', '-')
    .option('--limit <n>', 'at most so many findings in the table', '50')
    .addOption(
      new Option('--fail-on <level>', 'exit 4 when there are findings of this level or worse').choices(
        failOnLevels,
      ),
    )
    .option('--database', 'compute in the configured database, in temporary tables, instead of in memory')
    .addHelpText(
      'after',
      examples(
        'uar compare hr.csv accounts.csv --key email --fields department,role',
        'uar compare hr.csv sap.csv --key login --key-b user --ignore-case --trim --fail-on critical',
        'uar compare a.csv b.csv --key id --fields salary:pay --type salary=number --format csv',
      ),
    )
    .action((a: string, b: string, options: UarCompareOptions) =>
      run(async (io, globals) => {
        const { uarCompare } = await import('../../../jobs/uar/commands/uar-compare.action.ts');
        return uarCompare(io, globals, { a, b }, options);
      }),
    );
}

const importHelp = `
The file is a JSON list. Each comparison has a name, source_a_type, source_a_config, key_field_a, the same three of b, and, as
you like, description, field_mappings, schedule_type, schedule_config, alert_on_left_only, alert_on_right_only,
alert_on_mismatches, min_findings_threshold, notification_channels, notification_recipients, auto_create_incidents,
auto_incident_severity, is_enabled and settings. A comparison of that name is changed; what is left out keeps its value.

  [{"name": "HR and accounts", "source_a_type": "CSV", "source_a_config": {"path": "hr.csv"},
    "source_b_type": "Active Users", "key_field_a": "email", "key_field_b": "email",
    "field_mappings": [{"field_a": "role", "field_b": "role"}],
    "schedule_type": "daily", "schedule_config": {"hour": 7}}]

Sources: Active Users; Subscription {subscription_id}; Business Service {service_id}; Database Query {query}; JSON {json_data};
CSV {path, delimiter, encoding}; API {url, items, headers, secret, secret_header, secret_prefix, pagination}.
`;

function importCommand({ run }: CommandContext): Command {
  return new Command('import')
    .description('bring in comparisons from a JSON file; the same file twice changes nothing')
    .argument('<file>', 'JSON in UTF-8')
    .option('--dry-run', 'check the file and say what would change, write nothing')
    .option('--json', 'print one JSON document')
    .addHelpText('after', importHelp)
    .addHelpText('after', examples('uar import comparisons.json --dry-run', 'uar import comparisons.json'))
    .action((file: string, options: UarImportOptions) =>
      run(async (io, globals) => {
        const { uarImport } = await import('../../../jobs/uar/commands/uar-import.action.ts');
        return uarImport(io, globals, file, options);
      }),
    );
}

function decideCommand(
  { run }: CommandContext,
  verb: 'resolve' | 'acknowledge' | 'false-positive',
  description: string,
  example: string,
): Command {
  return new Command(verb)
    .description(description)
    .argument('<id...>', 'numbers of findings')
    .requiredOption('--note <text>', 'why; the auditor reads it')
    .option('--as <email>', 'who decides; default: the user of this machine')
    .addHelpText('after', examples(example))
    .action((ids: string[], options: UarDecideOptions) =>
      run(async (io, globals) => {
        const { uarDecide } = await import('../../../jobs/uar/commands/uar-decide.action.ts');
        return uarDecide(io, globals, verb, ids, options);
      }),
    );
}

function exceptionCommand({ run }: CommandContext): Command {
  const add = new Command('add')
    .description('let an account differ until a date')
    .requiredOption('--key <key>', 'the account, exactly as the finding has it')
    .requiredOption('--until <date>', 'the last day on which it counts, YYYY-MM-DD')
    .requiredOption('--reason <text>', 'why; the auditor reads it')
    .option('--comparison <number>', 'only in this comparison; default: in all')
    .addOption(new Option('--type <type>', 'only findings of this type').choices(findingTypes))
    .option('--as <email>', 'who decides; default: the user of this machine')
    .addHelpText(
      'after',
      examples(
        'uar exception add --key breakglass@example.org --until 2027-03-31 --reason "break-glass account"',
      ),
    )
    .action((options: ExceptionAddOptions) =>
      run(async (io, globals) => {
        const { addUarException } = await import('../../../jobs/uar/commands/uar-exception.action.ts');
        return addUarException(io, globals, options);
      }),
    );
  const list = new Command('list')
    .description('the exceptions that count today')
    .option('--all', 'also those that have ended or were revoked')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('uar exception list --all'))
    .action((options: { readonly all?: boolean; readonly json?: boolean }) =>
      run(async (io, globals) => {
        const { listUarExceptions } = await import('../../../jobs/uar/commands/uar-exception.action.ts');
        return listUarExceptions(io, globals, options);
      }),
    );
  const revoke = new Command('revoke')
    .description('end an exception now')
    .argument('<number>', 'its number')
    .option('--reason <text>', 'why')
    .option('--as <email>', 'who decides; default: the user of this machine')
    .addHelpText('after', examples('uar exception revoke 3 --reason "account deleted"'))
    .action((id: string, options: ExceptionRevokeOptions) =>
      run(async (io, globals) => {
        const { revokeUarException } = await import('../../../jobs/uar/commands/uar-exception.action.ts');
        return revokeUarException(io, globals, id, options);
      }),
    );
  return new Command('exception')
    .description('accounts that may differ for a while: break-glass and service accounts')
    .addCommand(add)
    .addCommand(list)
    .addCommand(revoke)
    .addHelpText('after', examples('uar exception list'));
}

function signOffCommand({ run }: CommandContext): Command {
  return new Command('sign-off')
    .description('sign an execution: every critical and high finding of it must be decided')
    .argument('<execution>', 'its number')
    .requiredOption('--as <email>', 'who signs: the e-mail address of an account')
    .requiredOption('--note <text>', 'what is confirmed; the auditor reads it')
    .addHelpText('after', examples('uar sign-off 41 --as ana@example.org --note "Q4 review"'))
    .action((execution: string, options: SignOffOptions) =>
      run(async (io, globals) => {
        const { signOff } = await import('../../../jobs/uar/commands/uar-sign-off.action.ts');
        return signOff(io, globals, execution, options);
      }),
    );
}
