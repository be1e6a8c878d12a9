import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { serverTroubles } from '../../src/db/server-troubles.ts';
import { ExitCode } from '../../src/errors/exit-code.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manual = readFileSync(`${root}/docs/troubleshooting.md`, 'utf8');

/** What a validator calls a problem is no error of ours. */
const notOurs: ReadonlySet<string> = new Set(['custom']);

/** A code in an error or a fault, in a refusal of the desk, and as the last argument of `usage`. */
const givenCode =
  /\bcode: '([a-z_]+)'|\brefusal\(\s*'([a-z_]+)'|\busage\([^;]*?,\s*'([a-z]+(?:_[a-z]+)*)',?\s*\)/g;

it('lists every error code that the program has', () => {
  const files = ['src', 'jobs'].flatMap((folder) =>
    readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${root}/${folder}/${file}`),
  );
  expect(files.length).toBeGreaterThan(100);
  const codes = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(givenCode)].map((found) => found.slice(1).join('')),
  );
  expect(codes).toEqual(expect.arrayContaining(['database_full', 'conflicting_options', 'no_jobs']));
  const missing = new Set(codes.filter((code) => !notOurs.has(code) && !manual.includes(`| \`${code}\` | `)));
  expect([...missing]).toEqual([]);
});

it.each(Object.entries(serverTroubles))(
  'reports what %s means, and whether the daemon waits',
  (state, trouble) => {
    const waits = trouble.exitCode === ExitCode.unavailable ? 'yes' : 'no';
    expect(manual).toContain(`| ${state} | \`${trouble.code}\` | ${trouble.exitCode} | ${waits} |`);
  },
);
