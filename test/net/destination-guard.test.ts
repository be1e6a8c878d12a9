import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../src/net/destination-guard.ts';

describe('addresses that are never sent to, whatever the operator allows', () => {
  it.each([
    ['169.254.169.254', 'metadata of most clouds'],
    ['::ffff:169.254.169.254', 'the same, mapped into IPv6'],
    ['::ffff:a9fe:a9fe', 'the same in hexadecimal'],
    ['::a9fe:a9fe', 'the same, compatible form'],
    ['64:ff9b::a9fe:a9fe', 'the same through NAT64'],
    ['64:ff9b:1::a9fe:a9fe', 'the same through a local NAT64'],
    ['2002:a9fe:a9fe::1', 'the same through 6to4'],
    ['2001:0:a9fe:a9fe::1', 'Teredo'],
    ['fe80::1', 'link-local IPv6'],
    ['fe80::1%eth0', 'link-local IPv6 with a zone'],
    ['fd00:ec2::254', 'metadata of Amazon in IPv6'],
    ['fd00:ec2::23', 'credentials of Amazon for its containers'],
    ['fd20:ce::254', 'metadata of Google in IPv6'],
    ['100.100.100.200', 'metadata of Alibaba'],
    ['168.63.129.16', 'metadata of Azure'],
    ['192.0.0.192', 'metadata of Oracle'],
    ['0.0.0.0', 'this host on Linux'],
    ['::', 'this host on Linux'],
    ['::ffff:0.0.0.0', 'this host on Linux, mapped'],
    ['0.1.2.3', 'this network'],
    ['224.0.0.1', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['240.0.0.1', 'reserved'],
    ['fec0::1', 'site-local'],
    ['not an address', 'nothing'],
    ['', 'nothing'],
  ])('%s (%s)', (address) => {
    expect(refusalOf(address, true)).toEqual(expect.any(String));
    expect(refusalOf(address, false)).toEqual(expect.any(String));
  });
});

describe('addresses inside, which only the operator can allow', () => {
  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '::1',
    '::ffff:127.0.0.1',
    '::7f00:1',
    '64:ff9b::7f00:1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '::ffff:192.168.1.1',
    'fd12::1',
    '100.64.0.1',
  ])('%s', (address) => {
    expect(refusalOf(address, false)).toMatch(/not allowed/);
    expect(refusalOf(address, true)).toBeUndefined();
  });
});

it.each(['8.8.8.8', '1.1.1.1', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808'])(
  '%s is public and may be sent to',
  (address) => {
    expect(refusalOf(address, false)).toBeUndefined();
  },
);
