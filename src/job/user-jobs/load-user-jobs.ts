/*
 * A user's own jobs: files in the folders of `jobs_dirs`.
 *
 * Model: each `*.js` and `*.mjs` directly in a folder is imported, and its default export (a job, or a list of them) is checked
 * whole before it counts. A file is in with all its jobs, or out and reported with the reason; it never stops the others.
 * Trust: a file runs with all rights of this process. Folder and file must belong to root or to the user of this process and be
 * writable by nobody else; what the file imports itself is its own business.
 *
 * | what happens                          | what becomes of it                                      |
 * | no such folder, or not to be trusted  | reported; nothing in it is imported                     |
 * | a file is not to be trusted           | reported; not imported                                  |
 * | it throws, or imports what is not there | reported                                              |
 * | its import does not end               | reported after {@link importLimitMs}                    |
 * | it exports no job, or a wrong one     | reported, with everything that is wrong                 |
 * | a name is taken                       | reported; who was first keeps it, the program's own first |
 *
 * Not promised: that a file which calls `process.exit` or never yields leaves anything to report.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { trusted } from '../../files/trust.ts';
import { plainText } from '../../text/plain-text.ts';
import type { JobDefinition } from '../define-job.ts';
import { checkDefinition } from './check-definition.ts';
import { importJobFile } from './import-job-file.ts';
import { type JobFile, rememberJobFile } from './job-file.ts';

/** A file, or a whole folder, whose jobs do not count. */
export interface BrokenJobFile {
  readonly file: string;
  /** One clause for people. */
  readonly reason: string;
}

export interface UserJobs {
  readonly jobs: readonly JobDefinition[];
  readonly broken: readonly BrokenJobFile[];
}

/** Long enough for a slow disk; a file that waits for a network while it is imported would hold up every command. */
const importLimitMs = 10_000;

/** Loads the jobs of the folders, by folder and then by name of the file. `taken`: jobs whose names they may not have. */
export async function loadUserJobs(
  folders: readonly string[],
  taken: readonly JobDefinition[],
): Promise<UserJobs> {
  const jobs: JobDefinition[] = [];
  const broken: BrokenJobFile[] = [];
  const origins = new Map(taken.map(({ name }) => [name, 'the program itself']));
  for (const { file, path } of findFiles(folders, broken)) {
    const loaded = await loadFile(path, origins);
    if ('reason' in loaded) {
      broken.push({ file, reason: loaded.reason });
      continue;
    }
    for (const job of loaded.jobs) origins.set(job.name, file);
    jobs.push(...loaded.jobs);
  }
  return { jobs, broken };
}

interface FoundFile {
  /** As people know it. */
  readonly file: string;
  /** With symbolic links resolved. */
  readonly path: string;
}

function findFiles(folders: readonly string[], broken: BrokenJobFile[]): readonly FoundFile[] {
  const seen = new Set<string>();
  return folders.flatMap((folder) => {
    const place = trusted(folder, 'folder');
    if ('distrust' in place) {
      broken.push({ file: folder, reason: place.distrust });
      return [];
    }
    return jobFileNames(place.path).flatMap((name): readonly FoundFile[] => {
      const file = join(folder, name);
      const found = trusted(file, 'file');
      if ('distrust' in found) {
        broken.push({ file, reason: found.distrust });
        return [];
      }
      // A folder that is named twice has its files once.
      if (seen.has(found.path)) return [];
      seen.add(found.path);
      return [{ file, path: found.path }];
    });
  });
}

function jobFileNames(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => /\.m?js$/.test(name))
    .sort();
}

type Loaded = { readonly jobs: readonly JobDefinition[] } | { readonly reason: string };

async function loadFile(path: string, origins: ReadonlyMap<string, string>): Promise<Loaded> {
  const file: JobFile = { path, changed: statSync(path).mtimeMs };
  let exported: unknown;
  try {
    exported = await importInTime(file);
  } catch (error) {
    return { reason: thrownReason(error) };
  }
  if (exported === undefined) {
    return { reason: 'it exports no job; end it with `export default defineJob({ … })`' };
  }
  const values: readonly unknown[] = Array.isArray(exported) ? exported : [exported];
  if (values.length === 0) return { reason: 'the list that it exports has no job in it' };
  const checked = values.map(checkDefinition);
  const wrong = checked.flatMap((one, index) =>
    'wrong' in one ? [values.length === 1 ? one.wrong : `job ${index + 1}: ${one.wrong}`] : [],
  );
  if (wrong.length > 0) return { reason: wrong.join('; ') };
  const jobs = checked.flatMap((one) => ('job' in one ? [one.job] : []));
  const reason = nameTaken(jobs, origins);
  if (reason !== undefined) return { reason };
  for (const job of jobs) rememberJobFile(job, file);
  return { jobs };
}

async function importInTime(file: JobFile): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    const late = () => reject(new Error(`importing it took longer than ${importLimitMs / 1000} s`));
    timer = setTimeout(late, importLimitMs);
  });
  try {
    return await Promise.race([importJobFile(file), limit]);
  } finally {
    clearTimeout(timer);
  }
}

const longestReason = 500;

function thrownReason(error: unknown): string {
  if (!(error instanceof Error)) return `it throws ${plainText(String(error)).slice(0, longestReason)}`;
  return `${error.name}: ${plainText(error.message).slice(0, longestReason)}`;
}

function nameTaken(jobs: readonly JobDefinition[], origins: ReadonlyMap<string, string>): string | undefined {
  const names = jobs.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `it has two jobs named ${twice}`;
  const taken = names.find((name) => origins.has(name));
  return taken === undefined ? undefined : `the name ${taken} is taken by ${origins.get(taken)}`;
}
