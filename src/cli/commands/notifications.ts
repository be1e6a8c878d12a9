import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { actor, json, listFormat } from './options.ts';

const [format, asJson] = listFormat;

export const notificationsList = () =>
  new Command('list')
    .description(
      'List the events of the jobs: what is sent, through which channels, to whom, and where that is set',
    )
    .addOption(format)
    .addOption(asJson)
    .addHelpText('after', examples('notifications list'));

export const notificationsTest = () =>
  new Command('test')
    .description('Send a test message of an event now, through each of its channels')
    .argument('<code>', 'code of the event, as `notifications list` shows it')
    .option(
      '--to <address>',
      'who gets the mail. Default: the recipients of the event, where they are the same each time',
    )
    .addOption(json)
    .addHelpText(
      'after',
      examples('notifications test JOB_FAILED', 'notifications test LICENSE_EXPIRING --to ana@example.org'),
    );

export const notificationsEnable = () =>
  new Command('enable')
    .description('Send the messages of an event again')
    .argument('<code>', 'code of the event, as `notifications list` shows it')
    .addOption(actor)
    .addHelpText('after', examples('notifications enable UAR_FINDINGS'));

export const notificationsDisable = () =>
  new Command('disable')
    .description('Queue no messages of an event, on any host')
    .argument('<code>', 'code of the event, as `notifications list` shows it')
    .addOption(actor)
    .addHelpText('after', examples('notifications disable UAR_FINDINGS --as ana@example.org'));
