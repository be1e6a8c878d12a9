import { describe, expect, it } from 'vitest';
import { formatListenAddress, isLoopback, resolveListenAddress } from '../../src/http/listen-address.ts';

describe('the address to listen on', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1:9464'],
    ['::1', '[::1]:9464'],
  ])('%s is written %s', (host, text) => {
    expect(formatListenAddress({ host, port: 9464 })).toBe(text);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.8.8.8', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['192.168.0.1', false],
    ['::ffff:10.0.0.1', false],
    ['nonsense', false],
  ])('%s is loopback: %s', (address, expected) => {
    expect(isLoopback(address)).toBe(expected);
  });

  it.each(['0.0.0.0', '::', '192.0.2.1'])(
    '%s without a token is refused: anybody could read the pages',
    async (host) => {
      await expect(resolveListenAddress({ host, port: 9464 }, undefined)).rejects.toMatchObject({
        code: 'listen_needs_token',
        exitCode: 2,
        next: expect.stringContaining('OPSDECK_JOBS_LISTEN_TOKEN'),
      });
      expect(await resolveListenAddress({ host, port: 9464 }, 'a-token')).toEqual({ host, port: 9464 });
    },
  );

  it('a name is bound as the address that was checked', async () => {
    const { host } = await resolveListenAddress({ host: 'localhost', port: 1 }, undefined);
    expect(isLoopback(host)).toBe(true);
  });

  it('an unknown name is one clear sentence', async () => {
    await expect(resolveListenAddress({ host: 'none.invalid', port: 9464 }, undefined)).rejects.toMatchObject(
      {
        message: 'Cannot listen on none.invalid:9464: the host name is not known.',
        exitCode: 2,
      },
    );
  });
});
