import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { configHashes } from '../../src/config/config-hashes.ts';
import { loadConfig } from '../../src/config/load.ts';

const url = 'https://hooks.example.org/x';

async function load(ops: object, env: Readonly<Record<string, string>> = {}) {
  const cwd = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-forms-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  await writeFile(join(cwd, 'opsdeck-jobs.json'), JSON.stringify({ destinations: { ops } }));
  await writeFile(join(cwd, 'token'), 'hunter2-from-file\n');
  await writeFile(join(cwd, 'body.jinja'), '{"key": {{ secrets.KEY | tojson }}}');
  return loadConfig({ env: { HOME: cwd, ...env }, cwd, jobs: [] });
}

describe('what is sent to a destination', () => {
  it('has secrets by name, from a variable or a file, and shows none of them', async () => {
    const { config, entries, secrets } = await load(
      { webhook_url: url, body_file: 'body.jinja', headers: { Authorization: 'Bearer {{ secrets.TOKEN }}' } },
      { OPSDECK_JOBS_SECRET_KEY: 'hunter2-key', OPSDECK_JOBS_SECRET_TOKEN_FILE: 'token' },
    );
    expect(config.postForms.get('ops')).toEqual({
      body: '{"key": {{ secrets.KEY | tojson }}}',
      headers: { authorization: 'Bearer hunter2-from-file' },
      secrets: { KEY: 'hunter2-key' },
    });
    expect(JSON.stringify(entries)).not.toContain('hunter2');
    expect(secrets.scrub('Bearer hunter2-from-file')).not.toContain('hunter2');
  });

  it('must be the same on all hosts', async () => {
    const hash = async (body: string) =>
      configHashes((await load({ webhook_url: url, body })).config, [])['routing'];
    expect(await hash('{}')).toBe(await hash('{}'));
    expect(await hash('{}')).not.toBe(await hash('[]'));
  });

  it.each<[object, string]>([
    [{ webhook_url: url, body: '{{ secrets.NOPE }}' }, 'names the secret NOPE, which is not set'],
    [{ webhook_url: url, headers: { Authorization: 'Bearer plain' } }, 'takes a secret by its name'],
    [{ webhook_url: url, headers: { 'Content-Length': '1' } }, 'is not a header that may be set here'],
    [{ webhook_url: url, headers: { 'X-A': 'a\nb' } }, 'is not the value of a header'],
    [{ webhook_url: url, body: '{}', body_file: 'body.jinja' }, 'both body and body_file are set'],
    [{ slack_webhook_url: url, body: '{}' }, 'no address that takes them'],
  ])('%j is refused', async (ops, reason) => {
    await expect(load(ops)).rejects.toThrow(reason);
  });
});
