import { tlsCodes } from './tls-codes.ts';

/** The proxy gave no way. Its message names neither a host nor an address. */
export class ProxyFault extends Error {
  override readonly name = 'ProxyFault';
}

/** What a proxy says with a status. */
export function proxyAnswered(status: number): ProxyFault {
  return new ProxyFault(`the proxy answered ${status}${reasonOf(status)}`);
}

function reasonOf(status: number): string {
  if (status === 407) return ': its login is missing or wrong';
  if (status === 403) return ': it does not allow this host and port';
  return status >= 500 ? ': it cannot reach the host' : '';
}

/** What an error on the connection to the proxy means. */
export function proxyFaultOf(error: Error): ProxyFault {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (tlsCodes.test(code)) return new ProxyFault(`no trusted encrypted connection to the proxy (${code})`);
  if (code.startsWith('HPE_')) return new ProxyFault('the proxy does not speak HTTP');
  if (code === 'ECONNRESET' || code === 'EPIPE') return new ProxyFault('the proxy closed the connection');
  return new ProxyFault(`no connection to the proxy${code === '' ? '' : ` (${code})`}`);
}
