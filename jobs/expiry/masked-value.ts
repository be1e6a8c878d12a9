/** Is something of a masked value hidden? `****abcd`, `sk-…wxyz`, `AKIA...Q3`, `xxxx1234`; what has no mask may be the whole secret. */
export function hasMask(value: string): boolean {
  return /[*•●]{2}|…|\.{3}|x{4}/i.test(value);
}
