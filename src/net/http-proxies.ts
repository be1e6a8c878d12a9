import { isExcepted } from './no-proxy.ts';
import { isThisMachine } from './this-machine.ts';

/** One proxy, and what names it. */
export interface HttpProxy {
  /** `http_proxy`, or the variable: `HTTPS_PROXY`. */
  readonly name: string;
  /** `http:` or `https:`; a secret, since it may hold a login. */
  readonly url: string;
}

/** The proxies of this host, and whether they are used. Plain data: a thread can be given it. */
export interface HttpProxies {
  /** False: they are only named where a connection fails. */
  readonly used: boolean;
  /** For addresses that begin with `https:`. */
  readonly https: HttpProxy | undefined;
  /** For addresses that begin with `http:`. */
  readonly http: HttpProxy | undefined;
  /** NO_PROXY as it was written. */
  readonly noProxy: string;
}

/** undefined: the address is asked directly. This machine never goes through a proxy: its `localhost` would be another machine. */
export function proxyFor(url: URL, proxies: HttpProxies): HttpProxy | undefined {
  return proxies.used ? proxyOf(url, proxies) : undefined;
}

/** The variable that names a proxy for the address, where http_proxy is off. */
export function unusedProxy(url: URL, proxies: HttpProxies): string | undefined {
  return proxies.used ? undefined : proxyOf(url, proxies)?.name;
}

function proxyOf(url: URL, proxies: HttpProxies): HttpProxy | undefined {
  const proxy = url.protocol === 'https:' ? proxies.https : proxies.http;
  if (proxy === undefined || isThisMachine(url)) return undefined;
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return isExcepted(proxies.noProxy, url.hostname.replace(/^\[|\]$/g, ''), port) ? undefined : proxy;
}

/** `http://proxy.example.org:3128`: where a proxy is, without its login. */
export function placeOfProxy({ url }: Pick<HttpProxy, 'url'>): string {
  return new URL(url).origin;
}
