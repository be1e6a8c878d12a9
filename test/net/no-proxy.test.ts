import { describe, expect, it } from 'vitest';
import { proxyFor, unusedProxy } from '../../src/net/http-proxies.ts';
import { isExcepted } from '../../src/net/no-proxy.ts';

describe('what NO_PROXY applies to', () => {
  it.each([
    ['', 'a.example', 443, false],
    ['*', 'a.example', 443, true],
    ['b.example, *', 'a.example', 443, true],
    ['example.org', 'example.org', 443, true],
    ['example.org', 'a.b.example.org', 443, true],
    ['example.org', 'badexample.org', 443, false],
    ['.example.org', 'a.example.org', 443, true],
    ['.example.org', 'example.org', 443, true],
    ['*.example.org', 'a.example.org', 443, true],
    ['EXAMPLE.org', 'a.example.org', 443, true],
    ['example.org.', 'example.org', 443, true],
    ['example.org', 'example.org.', 443, true],
    ['a.example b.example', 'b.example', 80, true],
    ['a.example,,b.example', 'c.example', 80, false],
    ['example.org:8443', 'example.org', 8443, true],
    ['example.org:8443', 'example.org', 443, false],
    ['192.0.2.1', '192.0.2.1', 80, true],
    ['192.0.2.1:81', '192.0.2.1', 80, false],
    ['2.1', '192.0.2.1', 80, false],
    ['10.0.0.0/8', '10.9.8.7', 80, true],
    ['10.0.0.0/8', '11.0.0.1', 80, false],
    ['10.0.0.0/8', 'ten.example', 80, false],
    ['10.0.0.0/99', '10.9.8.7', 80, false],
    ['[2001:db8::1]', '2001:db8::1', 443, true],
    ['2001:db8:0::1', '2001:db8::1', 443, true],
    ['[2001:db8::1]:8443', '2001:db8::1', 443, false],
    ['2001:db8::/32', '2001:db8::1', 443, true],
    ['10.0.0.0/8', '2001:db8::1', 443, false],
  ])('%j, for %s port %i: %s', (noProxy, host, port, expected) => {
    expect(isExcepted(noProxy, host, port)).toBe(expected);
  });
});

describe('the proxy of an address', () => {
  const https = { name: 'HTTPS_PROXY', url: 'http://proxy.example:3128' };
  const http = { name: 'HTTP_PROXY', url: 'http://proxy.example:8080' };
  const proxies = { used: true, https, http, noProxy: 'in.example,[2001:db8::1]:8443' };

  it.each([
    ['https://a.example/', https],
    ['http://a.example/', http],
    ['https://x.in.example/', undefined],
    ['https://[2001:db8::1]:8443/', undefined],
    ['https://[2001:db8::1]/', https],
    // A proxy's localhost is another machine.
    ['http://localhost:9000/', undefined],
    ['http://127.0.0.1:9000/', undefined],
    ['http://[::1]:9000/', undefined],
  ])('%s', (address, expected) => {
    const url = new URL(address);
    expect(proxyFor(url, proxies)).toBe(expected);
    expect(proxyFor(url, { ...proxies, used: false })).toBeUndefined();
    expect(unusedProxy(url, proxies)).toBeUndefined();
    expect(unusedProxy(url, { ...proxies, used: false })).toBe(expected?.name);
  });
});
