/** What a ping says of its run, in the words of healthchecks: `start`, success (nothing), `fail`. */
export type PingKind = 'start' | 'success' | 'fail';

const suffixes: Readonly<Record<PingKind, string>> = { start: '/start', success: '', fail: '/fail' };

/**
 * `https://host/UUID?create=1` → `https://host/UUID/start?create=1&rid=RUN`. The query stays as it was written; the run's id
 * pairs a start with its end where several runs of a job overlap.
 */
export function pingAddress(address: string, kind: PingKind, runId: string): URL {
  const url = new URL(address);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${suffixes[kind]}`;
  url.search = `${url.search === '' ? '?' : `${url.search}&`}rid=${encodeURIComponent(runId)}`;
  url.hash = '';
  return url;
}
