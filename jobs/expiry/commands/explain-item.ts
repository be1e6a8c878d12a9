import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { json } from '../../../src/cli/commands/options.ts';
import type { ItemKind } from '../item.ts';

const inWords: Readonly<Record<ItemKind, string>> = {
  subscription: 'a subscription',
  license: 'a licence',
  credential: 'a credential',
  certificate: 'a certificate',
};

export const explainItem = (kind: ItemKind) => () =>
  new Command(kind)
    .description(`the alerts of ${inWords[kind]}`)
    .argument('<id>', 'its number')
    .addOption(json)
    .addHelpText('after', examples(`explain ${kind} 12`));
