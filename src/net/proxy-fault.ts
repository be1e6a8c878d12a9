import { type HttpProxy, placeOfProxy } from './http-proxies.ts';
import { tlsCodes } from './tls-codes.ts';

/** The proxy gave no way. Its message names the proxy without its login, and what sets it; nothing of the address that was asked for. */
export class ProxyFault extends Error {
  override readonly name = 'ProxyFault';
  /** What the operator can do: a sentence. */
  readonly next: string;

  /** @param what what is said about it: `PROXY did not answer` */
  constructor(proxy: HttpProxy, what: (proxy: string) => string) {
    super(what(`the proxy ${placeOfProxy(proxy)} of ${proxy.name}`));
    this.next = `Check ${proxy.name}, and the proxy.`;
  }
}

/** What a proxy says with a status. */
export function proxyAnswered(proxy: HttpProxy, status: number): ProxyFault {
  return new ProxyFault(proxy, (name) => `${name} answered ${status}${reasonOf(status)}`);
}

function reasonOf(status: number): string {
  if (status === 407) return ': its login is missing or wrong';
  if (status === 403) return ': it does not allow this host and port';
  return status >= 500 ? ': it cannot reach the host' : '';
}

/** What an error on the connection to the proxy means. */
export function proxyFaultOf(proxy: HttpProxy, error: Error): ProxyFault {
  const fault = (what: (name: string) => string) => new ProxyFault(proxy, what);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (tlsCodes.test(code)) return fault((name) => `no trusted encrypted connection to ${name} (${code})`);
  if (code.startsWith('HPE_')) return fault((name) => `${name} does not speak HTTP`);
  if (code === 'ECONNRESET' || code === 'EPIPE') return fault((name) => `${name} closed the connection`);
  return fault((name) => `no connection to ${name}${code === '' ? '' : ` (${code})`}`);
}
