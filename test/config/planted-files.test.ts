import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { jobsFolder } from '../support/job-files.ts';

/** Both would send the mails of whoever runs the program in this folder to somebody else. */
const planted = [
  ['.env', 'SMTP_SERVER=thief.example\n', 'the .env file', '--env-file'],
  ['opsdeck-jobs.json', '{"mail":{"server":"thief.example"}}', 'the configuration file', '--config'],
] as const;

function load(cwd: string, named: { readonly envFile?: string; readonly configFile?: string } = {}) {
  return loadConfig({ env: { HOME: cwd }, cwd, jobs: [], ...named }).config.mail.server;
}

describe.each(planted)('%s in the working folder', (file, content, name, option) => {
  const folder = () => {
    const cwd = jobsFolder({ [file]: content });
    const path = join(cwd, file);
    return { cwd, path, named: option === '--config' ? { configFile: path } : { envFile: path } };
  };

  it('of the user is read', () => {
    expect(load(folder().cwd)).toBe('thief.example');
  });

  it('that its group may write is refused, until somebody names it', () => {
    const { cwd, path, named } = folder();
    chmodSync(path, 0o664);
    expect(() => load(cwd)).toThrow(
      `${name} (${path}): is refused: others than its owner may write it; take that right away with chmod go-w; if you trust it, name it with ${option}.`,
    );
    expect(load(cwd, named)).toBe('thief.example');
  });

  it('that everybody may write is refused, whoever named it', () => {
    const { cwd, path, named } = folder();
    chmodSync(path, 0o646);
    expect(() => load(cwd)).toThrow(`${name} (${path}): is refused: others than its owner may write it`);
    expect(() => load(cwd, named)).toThrow(
      `${name} (${path}): is refused: everybody may write it; take that right away with chmod o-w.`,
    );
  });

  it.skipIf(process.getuid?.() !== 0)(
    'of another user is refused, until somebody names it (needs root, to give it away)',
    () => {
      const { cwd, path, named } = folder();
      chownSync(path, 65_534, 65_534);
      expect(() => load(cwd)).toThrow(
        `${name} (${path}): is refused: it belongs to another user; it must belong to root or to the user who runs this program; if you trust it, name it with ${option}.`,
      );
      expect(load(cwd, named)).toBe('thief.example');
    },
  );
});

it('a device is no file that somebody planted: /dev/null stands for no settings', () => {
  const cwd = jobsFolder({ '.env': 'SMTP_SERVER=not-read.example\n' });
  expect(load(cwd, { envFile: '/dev/null' })).toBe('localhost');
});
