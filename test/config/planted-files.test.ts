import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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
  return loadConfig({ env: { HOME: cwd }, cwd, jobs: [], ...named }).config.channels['email']?.['server'];
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

describe.each(planted)('%s that is no plain file', (file, content, name) => {
  const at = (make: (path: string) => void) => {
    const cwd = jobsFolder({ target: content });
    make(join(cwd, file));
    return cwd;
  };
  const refusal = (cwd: string, reason: string) => `${name} (${join(cwd, file)}): cannot be read: ${reason}.`;

  it('a pipe is refused at once, and so is one that somebody named', () => {
    const cwd = at((path) => execFileSync('mkfifo', [path]));
    const named = file === '.env' ? { envFile: file } : { configFile: file };
    for (const sources of [{}, named])
      expect(() => load(cwd, sources)).toThrow(refusal(cwd, 'it is a pipe, not a file'));
  });

  it.each(['/dev/zero', '/dev/null', '/dev/stdin'])('a link to %s is refused', (target) => {
    const cwd = at((path) => symlinkSync(target, path));
    expect(() => load(cwd)).toThrow(`(${join(cwd, file)}): cannot be read: `);
  });

  it('a device without end, named, is read up to the limit', () => {
    const cwd = at(() => undefined);
    const named = file === '.env' ? { envFile: '/dev/zero' } : { configFile: '/dev/zero' };
    expect(() => load(cwd, named)).toThrow('cannot be read: it is larger than 16 MB.');
  });

  it('a file of /proc, which reports no size, is read up to the limit', () => {
    const cwd = at((path) => symlinkSync('/proc/self/pagemap', path));
    expect(() => load(cwd)).toThrow(/cannot be read: it is larger than 1 MB|is refused/);
  });

  it('one of more than 1 MB is refused', () => {
    const cwd = at((path) => writeFileSync(path, ' '.repeat(1024 * 1024 + 1), { mode: 0o644 }));
    expect(() => load(cwd)).toThrow(refusal(cwd, 'it is larger than 1 MB'));
  });

  it('a folder and a link that leads nowhere are reported, not passed over', () => {
    const folder = at((path) => mkdirSync(path));
    expect(() => load(folder)).toThrow(refusal(folder, 'it is a folder'));
    const nowhere = at((path) => symlinkSync('gone', path));
    expect(() => load(nowhere)).toThrow(refusal(nowhere, 'there is no such file'));
    const circle = at((path) => symlinkSync(file, path));
    expect(() => load(circle)).toThrow(refusal(circle, 'its symbolic links lead in a circle'));
  });

  it('links of the user are followed, as those of a mounted ConfigMap', () => {
    const cwd = at((path) => {
      mkdirSync(join(path, '..', '..2026_11_30'));
      symlinkSync('..2026_11_30', join(path, '..', '..data'));
      writeFileSync(join(path, '..', '..data', file), content, { mode: 0o644 });
      symlinkSync(join('..data', file), path);
    });
    expect(load(cwd)).toBe('thief.example');
  });

  it.skipIf(process.getuid?.() !== 0).each(['the link', 'a link on the way'])(
    '%s of another user is not followed, also to a file of ours (needs root, to give it away)',
    (which) => {
      const cwd = at((path) => {
        symlinkSync('target', join(path, '..', 'between'));
        symlinkSync('between', path);
        lchownSync(which === 'the link' ? path : join(path, '..', 'between'), 65_534, 65_534);
      });
      const link = join(realpathSync(cwd), which === 'the link' ? file : 'between');
      expect(() => load(cwd)).toThrow(refusal(cwd, `the link ${link} belongs to another user`));
    },
  );
});
