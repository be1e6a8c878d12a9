declare module 'currency-codes/data.js' {
  import type { CurrencyCodeRecord } from 'currency-codes';

  /** List one of ISO 4217; the package's own types are of its index alone. */
  const data: readonly CurrencyCodeRecord[];
  export default data;
}
