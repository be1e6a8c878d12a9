import { Command, Option } from '@commander-js/extra-typings';
import { collect, examples } from '../../../src/cli/commands/command-context.ts';
import { csvOptions, importOptions } from '../../../src/cli/commands/options.ts';

const [dryRun, json, timeout] = importOptions;
const [map, encoding] = csvOptions;

export const importCertificates = () =>
  new Command('certificates')
    .description('Import certificates that expire, from PEM files or a CSV file, without their keys')
    .argument('<path>', 'a folder of PEM files (.pem, .crt, .cer, .cert), one of them, or a CSV file')
    .addOption(map)
    .addOption(encoding)
    .addOption(dryRun)
    .addOption(json)
    .addOption(timeout)
    .addOption(
      new Option('--owner-email <email>', 'the user who owns those that name no owner').conflicts(
        'ownerGroup',
      ),
    )
    .option('--owner-group <name>', 'the group that owns those that name no owner')
    .option('--recursive', 'also read the folders in the folder')
    .option(
      '--skip <pattern>',
      'leave out files and folders of this name; may be given several times',
      collect,
    )
    .addHelpText(
      'after',
      examples(
        'import certificates /etc/ssl/live --owner-group Platform --dry-run',
        "import certificates /etc/letsencrypt/live --recursive --skip 'chain*.pem'",
        'import certificates www.example.org.pem',
        'import certificates certificates.csv',
      ),
    );
