import { type Decimal, decimalOf, toFixed, zero } from '../../src/text/decimal.ts';
import type { Rates } from './costs.sql.ts';
import type { Cost } from './item.ts';

export function costInWords({ amount, currency }: Cost): string {
  return amountInWords(decimalOf(amount) ?? zero, currency);
}

function amountInWords(amount: Decimal, currency: string): string {
  const [whole = '', cents = ''] = toFixed(amount, 2).split('.');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${cents} ${currency}`;
}

/** The sum of costs: in their currency where they have only one, otherwise in the base currency of the rates. */
export type Total =
  /** Nothing to add up, or several currencies and no rates at all. */
  | { readonly kind: 'none' }
  | {
      readonly kind: 'sum';
      readonly amount: Decimal;
      readonly currency: string;
      readonly converted: boolean;
    }
  /** A sum that leaves something out would look smaller than it is. */
  | { readonly kind: 'no_rate'; readonly currency: string; readonly missing: readonly string[] };

/** Adds a cost to the sum of its currency. */
export function addCost(sums: Map<string, Decimal>, { amount, currency }: Cost): void {
  sums.set(currency, (sums.get(currency) ?? zero).plus(decimalOf(amount) ?? zero));
}

export function totalOfSums(byCurrency: ReadonlyMap<string, Decimal>, rates: Rates | null): Total {
  const [only] = byCurrency;
  if (only === undefined) return { kind: 'none' };
  if (byCurrency.size === 1) return { kind: 'sum', amount: only[1], currency: only[0], converted: false };
  if (rates === null) return { kind: 'none' };
  const missing: string[] = [];
  let amount = zero;
  for (const [currency, sum] of byCurrency) {
    const rate = rates.rates.get(currency);
    if (rate === undefined) missing.push(currency);
    else amount = amount.plus(sum.times(rate));
  }
  return missing.length > 0
    ? { kind: 'no_rate', currency: rates.base, missing: missing.sort() }
    : { kind: 'sum', amount, currency: rates.base, converted: true };
}

/** `100.00 EUR, 1,200.50 USD (about 700.25 EUR in all)`; empty: none. */
export function sumsInWords(costs: readonly Cost[], rates: Rates | null): string {
  const byCurrency = new Map<string, Decimal>();
  for (const cost of costs) addCost(byCurrency, cost);
  const sums = amountsInWords(byCurrency);
  const total = totalOfSums(byCurrency, rates);
  return total.kind === 'sum' && total.converted ? `${sums} (${totalInWords(total)} in all)` : sums;
}

/** `100.00 EUR, 1,200.50 USD`; empty: none. */
export function amountsInWords(byCurrency: ReadonlyMap<string, Decimal>): string {
  return [...byCurrency]
    .map(([currency, sum]) => [currency, amountInWords(sum, currency)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, words]) => words)
    .join(', ');
}

/** `about 1,200.50 EUR`; empty: none. */
export function totalInWords(total: Total): string {
  switch (total.kind) {
    case 'none':
      return '';
    case 'sum':
      return `${total.converted ? 'about ' : ''}${amountInWords(total.amount, total.currency)}`;
    case 'no_rate':
      return `no total in ${total.currency}, because there is no exchange rate of ${total.missing.join(', ')}`;
    default:
      return total satisfies never;
  }
}
