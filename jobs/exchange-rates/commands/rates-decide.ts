import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { actor, json } from '../../../src/cli/commands/options.ts';

const deciding = (verb: string, description: string) =>
  new Command(verb)
    .description(description)
    .argument('<code...>', 'currencies, as `rates list --held` shows them')
    .requiredOption('--note <text>', 'why')
    .option('--until <date>', 'only those of days up to this one, YYYY-MM-DD; later ones go on waiting')
    .addOption(actor)
    .addOption(json)
    .addHelpText('after', examples(`rates ${verb} TRY --until 2026-11-24 --note "as the central bank says"`));

export const ratesAccept = () => deciding('accept', 'take the held rates of a currency, all that wait');

export const ratesReject = () => deciding('reject', 'never take the held rates of a currency, all that wait');
