import type { Rates } from './costs.sql.ts';
import type { Cost } from './item.ts';

const format = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export function costInWords({ amount, currency }: Cost): string {
  return `${format.format(amount)} ${currency}`;
}

/** The sum of costs in the base currency; without rates, of a single currency. Empty: nothing to add up, or nothing to convert by. */
export function totalInWords(costs: readonly Cost[], rates: Rates | null): string {
  if (costs.length === 0) return '';
  const currencies = new Set(costs.map(({ currency }) => currency));
  const [only] = currencies;
  if (currencies.size === 1 && only !== undefined) {
    return costInWords({ amount: costs.reduce((sum, { amount }) => sum + amount, 0), currency: only });
  }
  if (rates === null) return '';
  let total = 0;
  let unknown = 0;
  for (const { amount, currency } of costs) {
    const rate = rates.rates.get(currency);
    if (rate === undefined) unknown += 1;
    else total += amount * rate;
  }
  if (unknown === costs.length) return '';
  const without = unknown === 0 ? '' : ` and ${unknown} in currencies without a rate`;
  return `about ${costInWords({ amount: total, currency: rates.base })}${without}`;
}
