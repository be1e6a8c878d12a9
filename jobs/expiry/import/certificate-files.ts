import { readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { usage } from '../../../src/errors/usage.ts';
import { readError } from '../../../src/import/input-file.ts';

/** What of a folder is read; keys and everything else in it are left alone. */
export const certificateEndings = ['.pem', '.crt', '.cer', '.cert'];

/** Which files of a folder are meant. */
export interface FolderChoice {
  /** Also those in its folders. Links to folders are not followed. */
  readonly recursive: boolean;
  /** Files and folders that are left out: a name or a path below the folder, with `*` and `?`. */
  readonly skip: readonly string[];
}

/**
 * Paths below the folder, in order.
 *
 * @param file the path as the person typed it
 * @throws OperatorError `file_not_readable`, `file_without_rows` (exit 2)
 */
export async function certificateNames(
  path: string,
  file: string,
  { recursive, skip }: FolderChoice,
): Promise<readonly string[]> {
  const patterns = skip.map(patternOf);
  const names: string[] = [];
  const walk = async (below: string): Promise<void> => {
    const entries = await readdir(join(path, below), { withFileTypes: true }).catch((error: unknown) => {
      throw readError(join(file, below), error);
    });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const name = join(below, entry.name);
      if (patterns.some((pattern) => pattern.test(name) || pattern.test(basename(name)))) continue;
      if (recursive && entry.isDirectory()) await walk(name);
      else if (certificateEndings.includes(extname(name).toLowerCase())) names.push(name);
    }
  };
  await walk('');
  if (names.length > 0) return names;
  throw usage(
    `${file} has no file whose name ends in ${certificateEndings.join(', ')}.`,
    recursive
      ? 'Name the folder that holds the certificates.'
      : 'Name the folder that holds the certificates; --recursive also reads the folders in it.',
    'file_without_rows',
  );
}

/** `*` and `?` stand for letters of one name, as in a shell. */
function patternOf(glob: string): RegExp {
  const text = glob
    .replace(/\/+$/, '')
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/\*+/g, '[^/]*')
    .replaceAll('?', '[^/]');
  return new RegExp(`^${text}$`);
}
