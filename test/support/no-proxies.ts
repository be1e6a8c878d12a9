import type { HttpProxies } from '../../src/net/http-proxies.ts';

/** A host without proxies. */
export const noProxies: HttpProxies = { used: false, https: undefined, http: undefined, noProxy: '' };
