import { describe, expect, it } from 'vitest';
import { isTrusted, pagesSettings } from '../../src/config/pages-settings.ts';
import { isAddressHost, readProxyUser } from '../../src/http/proxy-user.ts';

const proxy = { userHeader: 'x-remote-user', trustedProxies: ['10.0.0.0/24', '2001:db8::1'] };
const utf8 = Buffer.from('Zoë', 'utf8').toString('latin1');

describe('who reads, by the header of a proxy', () => {
  it.each([
    ['10.0.0.5', ['X-Remote-User', 'ana'], true, 'ana'],
    ['::ffff:10.0.0.5', ['X-REMOTE-USER', ' ana@example.org '], true, 'ana@example.org'],
    ['2001:db8:0:0::1', ['x-remote-user', utf8], true, 'Zoë'],
    ['10.0.0.5', ['Other', 'x-remote-user'], true, 'absent'],
    ['10.0.1.5', ['Other', 'x'], true, 'absent'],
    ['10.0.1.5', ['X-Remote-User', 'ana'], true, 'refused'],
    ['::ffff:10.0.1.5', ['X-Remote-User', 'ana'], true, 'refused'],
    ['2001:db8::2', ['X-Remote-User', 'ana'], true, 'refused'],
    [undefined, ['X-Remote-User', 'ana'], true, 'refused'],
    ['10.0.0.5', ['X-Remote-User', 'ana'], false, 'refused'],
    ['10.0.0.5', ['X-Remote-User', 'ana', 'x-remote-user', 'ana'], true, 'refused'],
    ['10.0.0.5', ['X-Remote-User', 'ana, eva'], true, 'refused'],
    ['10.0.0.5', ['X-Remote-User', ''], true, 'refused'],
    ['10.0.0.5', ['X-Remote-User', ' '], true, 'refused'],
    ['10.0.0.5', ['X-Remote-User', 'a\tb'], true, 'refused'],
    ['10.0.0.5', ['X-Remote-User', 'x'.repeat(201)], true, 'refused'],
    ['10.0.1.5', ['X-Forwarded-For', '10.0.0.5', 'X-Remote-User', 'ana'], true, 'refused'],
  ] as const)('from %s with %j, own name %s: %s', (address, rawHeaders, ownName, expected) => {
    const user = readProxyUser(proxy, { address, rawHeaders, ownName });
    expect(user.kind === 'named' ? user.name : user.kind).toBe(expected);
  });

  it.each([
    ['127.0.0.1:9464', true],
    ['[::1]:9464', true],
    ['10.0.0.9', true],
    ['evil.example', false],
    ['evil.example:9464', false],
    ['', false],
  ])('the host %j is an address: %s', (host, expected) => {
    expect(isAddressHost(host)).toBe(expected);
  });

  it.each([
    ['X-Remote-User', ['127.0.0.1'], true],
    ['Remote-User', ['10.0.0.0/8', '2001:db8::/32'], true],
    ['Host', ['127.0.0.1'], false],
    ['cookie', ['127.0.0.1'], false],
    ['X-Forwarded-For', ['127.0.0.1'], false],
    ['Accept-Language', ['127.0.0.1'], false],
    ['X Remote', ['127.0.0.1'], false],
    ['X-Remote-User', [], false],
    ['X-Remote-User', ['0.0.0.0/0'], false],
    ['X-Remote-User', ['::/0'], false],
    ['X-Remote-User', ['::ffff:10.0.0.1'], false],
    ['X-Remote-User', ['10.0.0.1/33'], false],
    ['X-Remote-User', ['10.1'], false],
    ['X-Remote-User', ['proxy.example.org'], false],
  ])('the settings %s and %j are good: %s', (header, networks, expected) => {
    const read = pagesSettings.safeParse({ user_header: header, trusted_proxies: networks });
    expect(read.success).toBe(expected);
  });

  it('one without the other is refused', () => {
    expect(pagesSettings.safeParse({ user_header: 'X-User' }).success).toBe(false);
    expect(pagesSettings.safeParse({ trusted_proxies: ['127.0.0.1'] }).success).toBe(false);
    expect(isTrusted('not an address', proxy.trustedProxies)).toBe(false);
  });
});
