import { Command, Option } from '@commander-js/extra-typings';
import { collect, examples } from '../../../src/cli/commands/command-context.ts';
import { reportOutput, statementTimeout } from '../../../src/cli/commands/options.ts';
import { failOnLevels } from '../../../src/job/fail-on-levels.ts';

const [format, json, output] = reportOutput();

export const uarCompare = () =>
  new Command('compare')
    .description('Compare two CSV files by a key; needs no configuration and writes to no database')
    .argument('<a>', 'CSV file of what should be, such as the people that HR knows')
    .argument('<b>', 'CSV file of what is, such as the accounts of a system')
    .requiredOption('--key <column>', 'the column that identifies a row')
    .option('--key-b <column>', 'its name in B where that is another one')
    .option('--label <column>', 'the column of B that names rows without a key; default: the first other one')
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
    .option('--show <list>', 'columns that findings show, such as a name', collect)
    .option('--privileged <list>', 'columns in which a difference is of high severity', collect)
    .option('--ignore-case', 'capital letters do not count, in keys and columns')
    .option('--trim', 'white space around does not count, in keys and columns')
    .option('--nfc', 'the spelling of accents in Unicode does not count, in keys')
    .option('--strip-domain <domain>', "leave this domain out of keys; 'any': every one")
    .option(
      '--where-a <condition>',
      "rows of A to compare: 'column=value', !=, in x,y, matches regex, empty, not empty; repeatable",
      collect,
    )
    .option('--where-b <condition>', 'rows of B to compare', collect)
    .option('--show-excluded', 'list the rows that --where-a and --where-b exclude')
    .addOption(
      new Option('--only <side>', 'report missing keys of one side: right: those that A lacks').choices([
        'left',
        'right',
      ] as const),
    )
    .option('--delimiter <character>', 'of both files: , ; | or tab; default: detected')
    .option('--encoding <name>', 'of both files; default: detected')
    .option('--encoding-a <name>', 'of A')
    .option('--encoding-b <name>', 'of B')
    .addOption(format)
    .addOption(json)
    .addOption(output)
    .addOption(statementTimeout)
    .option('--limit <n>', 'at most so many findings in the text', '50')
    .addOption(
      new Option('--fail-on <level>', 'exit 4 when there are findings of this level or worse').choices(
        failOnLevels,
      ),
    )
    .option('--database', 'compute in the configured database, in temporary tables, instead of in memory')
    .addHelpText(
      'after',
      examples(
        "uar compare hr.csv accounts.csv --key email --where-a 'Employment Status=Active' --fields department,role",
        'uar compare hr.csv sap.csv --key login --key-b user --ignore-case --trim --only right --fail-on critical',
        'uar compare a.csv b.csv --key id --fields salary:pay --type salary=number --format csv',
      ),
    );
