import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { actor, listFormat } from './options.ts';

const [format, json] = listFormat;

export const destinationsList = () =>
  new Command('list')
    .description('List failing destinations: paused or switched off')
    .addOption(format)
    .addOption(json)
    .addHelpText('after', examples('destinations list'));

export const destinationsEnable = () =>
  new Command('enable')
    .description('Send again to a destination that is paused or switched off')
    .argument('<key...>', 'its key, as `destinations list` shows it')
    .addOption(actor)
    .addHelpText('after', examples('destinations enable webhook 5f0c2c9e0b6f4a11'));
