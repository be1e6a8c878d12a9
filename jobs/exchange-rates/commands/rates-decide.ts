import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { consentOptions, json, person, requiredReason } from '../../../src/cli/commands/options.ts';

const [dryRun, yes] = consentOptions;

const deciding = (verb: string, description: string) =>
  new Command(verb)
    .description(description)
    .argument('<code...>', 'currencies, as `rates list --quarantined` shows them')
    .addOption(requiredReason)
    .option('--from <date>', 'only the rates from that day on, YYYY-MM-DD')
    .option('--until <date>', 'only the rates through that day, YYYY-MM-DD')
    .addOption(dryRun)
    .addOption(yes)
    .addOption(person)
    .addOption(json)
    .addHelpText(
      'after',
      examples(`rates ${verb} TRY --until 2026-11-24 --reason "confirmed by the central bank"`),
    );

export const ratesAccept = () => deciding('accept', 'Take the quarantined rates of currencies');

export const ratesReject = () => deciding('reject', 'Refuse the quarantined rates of currencies');
