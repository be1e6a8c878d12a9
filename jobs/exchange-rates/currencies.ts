import iso4217 from 'currency-codes/data.js';

/*
 * ISO 4217: the list of the package, what was added since, and the codes that the ECB quoted and ISO has withdrawn: they stand
 * in the files of its history. The codes for "no currency" and for tests are none.
 */

const addedSinceJune2024 = ['XCG', 'XAD'];

/** Their countries have the euro, or another code, since. */
const withdrawn = ['CYP', 'EEK', 'HRK', 'LTL', 'LVL', 'MTL', 'ROL', 'SIT', 'SKK', 'TRL'];

/** Decimal places by code. */
const digits: ReadonlyMap<string, number> = new Map([
  ...[...addedSinceJune2024, ...withdrawn].map((code) => [code, 2] as const),
  ...iso4217.map(({ code, digits }) => [code, digits] as const),
]);
const none = new Set(['XXX', 'XTS']);
const metals = new Set(['XAG', 'XAU', 'XPD', 'XPT']);

export function isCurrency(code: string): boolean {
  return digits.has(code) && !none.has(code);
}

/** Decimal places of an amount: 2 for EUR, 0 for JPY, 3 for KWD; metals, for which ISO has none, by the micro-ounce. */
export function currencyDigits(code: string): number {
  if (metals.has(code)) return 6;
  return digits.get(code) ?? 2;
}

export function currencyCodes(): readonly string[] {
  return [...digits.keys()].filter((code) => !none.has(code));
}
