import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { OperatorError } from '../../src/errors/operator-error.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsdeck-jobs-proxies-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(env: Record<string, string>, content?: object) {
  if (content !== undefined) writeFileSync(join(folder, 'opsdeck-jobs.json'), JSON.stringify(content));
  const loaded = loadConfig({ env: { HOME: folder, ...env }, cwd: folder, jobs: [] });
  const shown = loaded.entries.filter(({ name }) => /proxy/i.test(name));
  return { ...loaded, proxies: loaded.config.httpProxies, shown };
}

function problem(env: Record<string, string>, content?: object): string {
  try {
    load(env, content);
  } catch (error) {
    if (error instanceof OperatorError) return error.message;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

it('is off by default; what the variables name is known, and a wrong one does no harm', () => {
  const { proxies, shown, secrets } = load({
    HTTPS_PROXY: 'http://u:p4ssword@p.example:1',
    HTTP_PROXY: 'x y',
  });
  const https = { name: 'HTTPS_PROXY', url: 'http://u:p4ssword@p.example:1' };
  expect(proxies).toEqual({ used: false, https, http: undefined, noProxy: '' });
  expect(shown).toEqual([{ name: 'OPSDECK_JOBS_HTTP_PROXY', value: 'off', origin: 'default' }]);
  expect(secrets.scrub('it is p4ssword')).toBe('it is [secret]');
});

it.each([
  [
    { HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:1', HTTP_PROXY: 'http://c:1' },
    'http://b:1',
    'http://c:1',
  ],
  [{ ALL_PROXY: 'http://a:1', http_proxy: 'proxy.example:8080' }, 'http://a:1', 'http://proxy.example:8080'],
  [{ all_proxy: 'https://a' }, 'https://a', 'https://a'],
  // As curl has it: the proxy for http is not one for https.
  [{ HTTP_PROXY: 'http://c:1' }, undefined, 'http://c:1'],
  [{ HTTPS_PROXY: ' ' }, undefined, undefined],
])('env: %j', (env, https, http) => {
  const { proxies } = load({ OPSDECK_JOBS_HTTP_PROXY: 'env', ...env });
  expect([proxies.used, proxies.https?.url, proxies.http?.url]).toEqual([true, https, http]);
});

it('one address is for everything but what NO_PROXY names, and its login is a secret', () => {
  const env = { NO_PROXY: 'in.example', HTTPS_PROXY: 'http://other:1' };
  const { proxies, shown, secrets } = load(env, { http_proxy: 'http://ana:p%40ssword@p.example:3128' });
  const proxy = { name: 'http_proxy', url: 'http://ana:p%40ssword@p.example:3128' };
  expect(proxies).toEqual({ used: true, https: proxy, http: proxy, noProxy: 'in.example' });
  expect(shown).toMatchObject([{ name: 'http_proxy', value: 'http://p.example:3128' }]);
  expect(secrets.scrub('p%40ssword p@ssword http://p.example')).toBe('[secret] [secret] http://p.example');
});

it('env shows which proxies those are, without their login', () => {
  const env = { https_proxy: 'http://t0ken@p.example:3128', NO_PROXY: 'x' };
  const { shown, secrets } = load(env, { http_proxy: 'env' });
  expect(shown).toEqual([
    { name: 'http_proxy', value: 'env', origin: expect.stringContaining('opsdeck-jobs.json:1') },
    { name: 'https_proxy', value: 'http://p.example:3128', origin: 'environment' },
  ]);
  expect(secrets.scrub('t0ken')).toBe('[secret]');
});

it('comes from a file, too, and the environment goes before the configuration file', () => {
  writeFileSync(join(folder, 'proxy'), 'http://u:fr0mfile@p.example:3128\n');
  const file = { http_proxy_file: 'proxy' };
  for (const { proxies, secrets } of [load({ OPSDECK_JOBS_HTTP_PROXY_FILE: 'proxy' }), load({}, file)]) {
    expect(proxies.https?.url).toBe('http://u:fr0mfile@p.example:3128');
    expect(secrets.scrub('fr0mfile')).toBe('[secret]');
  }
  expect(load({ OPSDECK_JOBS_HTTP_PROXY: 'off' }, file).proxies.used).toBe(false);
});

it.each([
  [{ OPSDECK_JOBS_HTTP_PROXY: 'socks5://u:s3cret@p:1080' }, undefined],
  [{ OPSDECK_JOBS_HTTP_PROXY: 'http://p/s3cret.pac' }, undefined],
  [{}, { http_proxy: 'socks5://u:s3cret@p:1080' }],
])('what is no proxy is refused, and not repeated: %j %j', (env, content) => {
  const message = problem(env, content);
  expect(message).toContain('is not a proxy; give env, off or http://HOST:PORT');
  expect(message).not.toContain('s3cret');
});

it('a variable that is used and names no HTTP proxy is a problem, once', () => {
  const message = problem({ OPSDECK_JOBS_HTTP_PROXY: 'env', ALL_PROXY: 'socks5://u:s3cret@p:1080' });
  expect(message).toContain(
    'ALL_PROXY (environment): the value is not the address of an HTTP proxy; give http://HOST:PORT',
  );
  expect(message).not.toContain('s3cret');
  expect(problem({ HTTP_PROXY: 'x', NO_PROXY: 'y' }, { http_proxy: 'env', http_proxy_file: 'f' })).toContain(
    'both http_proxy and http_proxy_file are set',
  );
});
