/** `1 row`, `2 rows`; `plural` where an `s` is not enough: `count(2, 'entry', 'entries')`. */
export function count(amount: number | bigint, one: string, plural = `${one}s`): string {
  return `${amount} ${Number(amount) === 1 ? one : plural}`;
}
