import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { showFormat } from '../../../src/cli/commands/options.ts';

const [format, json] = showFormat;

export const expiryProbe = () =>
  new Command('probe')
    .description('Show the certificate that a host serves; exit 4 when something is wrong with it')
    .argument('<endpoint>', 'HOST:PORT, or smtp+starttls:HOST:PORT')
    .addOption(format)
    .addOption(json)
    .addHelpText(
      'after',
      examples('expiry probe www.example.org:443', 'expiry probe smtp+starttls:mail.example.org:25 --json'),
    );
