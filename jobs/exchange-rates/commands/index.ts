import { type Action, lazy, noun, type OptionsOf } from '../../../src/cli/commands/command-context.ts';
import { ratesConvert } from './rates-convert.ts';
import { ratesAccept, ratesReject } from './rates-decide.ts';
import { ratesList } from './rates-list.ts';
import { ratesShow } from './rates-show.ts';

type Decision = Action<[codes: string[], options: OptionsOf<typeof ratesAccept>]>;

const deciding = (verb: 'accept' | 'reject') => async (): Promise<Decision> => {
  const { ratesDecide } = await import('./rates-decide.action.ts');
  return (io, globals, codes, options) => ratesDecide(io, globals, verb, codes, options);
};

export const rates = noun(
  'rates',
  'Show exchange rates, convert amounts, and decide about quarantined rates',
  [
    lazy(ratesShow, async () => (await import('./rates-show.action.ts')).ratesShow),
    lazy(ratesConvert, async () => {
      const { ratesConvert: convert } = await import('./rates-convert.action.ts');
      return (io, globals, amount, from, to, options) => convert(io, globals, { amount, from, to }, options);
    }),
    lazy(ratesList, async () => (await import('./rates-list.action.ts')).ratesList),
    lazy(ratesAccept, deciding('accept')),
    lazy(ratesReject, deciding('reject')),
  ],
  'rates show USD',
  'rates convert 100 USD EUR',
);
