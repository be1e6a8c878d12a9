import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { person, reason, requiredReason, requiredUntil } from '../../../src/cli/commands/options.ts';
import { item } from './options.ts';

const deciding = (verb: string, description: string, example: string) =>
  new Command(verb)
    .description(description)
    .argument(...item)
    .addOption(person)
    .addHelpText('after', examples(example));

export const expirySnooze = () =>
  deciding(
    'snooze',
    'Send no alerts about an item through a date',
    'expiry snooze certificate:12 --until 2026-12-01 --reason "being replaced"',
  )
    .addOption(requiredUntil)
    .addOption(requiredReason);

export const expiryUnsnooze = () =>
  deciding(
    'unsnooze',
    'Send alerts again about an item that was snoozed, acknowledged or recorded as renewed',
    'expiry unsnooze certificate:12',
  );

export const expiryAck = () =>
  deciding('ack', 'Send no alerts about an item until its date changes', 'expiry ack license:3').addOption(
    reason,
  );
