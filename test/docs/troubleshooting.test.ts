import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { serverTroubles } from '../../src/db/server-troubles.ts';
import { ExitCode } from '../../src/errors/exit-code.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manual = readFileSync(`${root}/docs/troubleshooting.md`, 'utf8');

/** What a validator calls a problem is no error of ours. */
const notOurs: ReadonlySet<string> = new Set(['custom']);

it('lists every error code that the program has', () => {
  const files = ['src', 'jobs'].flatMap((folder) =>
    readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${root}/${folder}/${file}`),
  );
  expect(files.length).toBeGreaterThan(100);
  const codes = files.flatMap((file) =>
    [
      ...readFileSync(file, 'utf8').matchAll(
        /\bcode: '([a-z_]+)'|\busage\([^;]*?, *\n? *'([a-z_]+)',?\s*\)/g,
      ),
    ].map(([, given, last]) => given ?? last ?? ''),
  );
  expect(codes).toEqual(expect.arrayContaining(['database_full', 'conflicting_options', 'no_jobs']));
  const missing = new Set(codes.filter((code) => !notOurs.has(code) && !manual.includes(`| \`${code}\` | `)));
  expect([...missing]).toEqual([]);
});

it.each(Object.entries(serverTroubles))(
  'says what %s means, and whether the daemon waits',
  (state, trouble) => {
    const waits = trouble.exitCode === ExitCode.unavailable ? 'yes' : 'no';
    expect(manual).toContain(`| ${state} | \`${trouble.code}\` | ${trouble.exitCode} | ${waits} |`);
  },
);
