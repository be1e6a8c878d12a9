import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { json } from './options.ts';

export const declarePreview = () =>
  new Command('preview')
    .description('Show what each job would do now, without writing anything')
    .argument('[job...]', 'only these jobs')
    .option('--offline', 'leave out what uses the network besides the database')
    .addOption(json)
    .addHelpText('after', examples('preview', 'preview --offline', 'preview compliance-drift --json'));
