/** OpsDeck's default, and where Frankfurter answers since 2026; the path there is the same under /v1. */
const oldHosts = new Set(['api.frankfurter.app', 'frankfurter.app', 'www.frankfurter.app']);
const newPlace = 'https://api.frankfurter.dev/v1';

/**
 * The address of Frankfurter's newest rates, as it is configured. The public server moved, and its old address redirects to the new
 * host: redirects to other hosts are not followed, so that this one move is known here. undefined: it is no address.
 */
export function frankfurterAddress(endpoint: string): URL | undefined {
  if (!URL.canParse(endpoint)) return undefined;
  const address = new URL(endpoint);
  if (!oldHosts.has(address.hostname)) return address;
  return new URL(`${newPlace}${address.pathname}${address.search}`);
}
