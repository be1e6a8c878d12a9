import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { actor } from '../../../src/cli/commands/options.ts';

const deciding = (verb: string, description: string, example: string) =>
  new Command(verb)
    .description(description)
    .argument('<item>', 'kind and number, such as certificate:12')
    .addOption(actor)
    .addHelpText('after', examples(example));

export const alertsSnooze = () =>
  deciding(
    'snooze',
    'do not tell of an item for a while',
    'alerts snooze certificate:12 --until 2026-12-01 --reason "being replaced"',
  )
    .requiredOption('--until <date>', 'the first day on which it is told again, YYYY-MM-DD')
    .requiredOption('--reason <text>', 'why');

export const alertsUnsnooze = () =>
  deciding(
    'unsnooze',
    'tell of an item again that was snoozed or acknowledged',
    'alerts unsnooze certificate:12',
  );

export const alertsAck = () =>
  deciding('ack', 'do not tell of an item again until its date changes', 'alerts ack license:3').option(
    '--reason <text>',
    'why',
  );
