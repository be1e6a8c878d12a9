import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What needs a process of its own, in a file of tests or in a file of `test/` that it imports. */
const ownProcess: readonly RegExp[] = [
  // Mocks, fake timers and changed globals, which the next file would see.
  /\bvi\b/,
  /\bglobalThis\b/,
  /\bprocess\.(?!platform\b|version\b|cwd\b|getuid\b)/,
  // Databases, servers, processes and threads, which the next file would wait for.
  /'(?:node:)?(?:child_process|cluster|dgram|dns|http|https|net|tls|worker_threads)(?:\/\w+)?'/,
  /'(?:pg|undici|@electric-sql\/pglite|playwright-core|smtp-server)'/,
  /\binject\b/,
  // What is imported by a name that is not written here.
  /\bimport\(/,
];

const imported = /\bfrom '(\.[^']+)'/g;

/**
 * True for a file of tests that may follow others in one process: the program is loaded once for all of them. Decided by
 * the text of the file and of the files of `test/` that it imports; `read` gives undefined for a file that does not exist.
 */
export function mayShareProcess(file: string, read: (file: string) => string | undefined): boolean {
  const files = new Set([file]);
  for (const one of files) {
    const text = read(one) ?? '';
    if (ownProcess.some((pattern) => pattern.test(text))) return false;
    for (const [, path = ''] of text.matchAll(imported)) {
      const target = join(dirname(one), path);
      if (target.startsWith('test/')) files.add(target);
    }
  }
  return true;
}

/** All files of tests that may share a process, by their path in the repository. */
export function filesOfSharedProcess(): string[] {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const read = (file: string) =>
    existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : undefined;
  return readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.test\.tsx?$/.test(file))
    .map((file) => join('test', file))
    .filter((file) => mayShareProcess(file, read))
    .sort();
}
