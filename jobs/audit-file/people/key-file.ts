import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { writeOutputFile } from '../../../src/cli/output-file.ts';
import { usage } from '../../../src/errors/usage.ts';
import type { Pseudonym } from './mask.ts';

const shape = z.object({ schema: z.literal(1), key: z.string().regex(/^[0-9a-f]{64}$/) });

/** Beside the archive, never in it. */
export function keyFileOf(output: string): string {
  return `${output}.people.json`;
}

/**
 * The key of the pseudonyms: that of the key file, so that a file that is made again has the same ones, or a new one.
 *
 * @throws OperatorError `people_key`, exit 2: the file is there and is none.
 */
export async function readKey(cwd: string, file: string): Promise<Buffer> {
  let text: string;
  try {
    text = await readFile(resolve(cwd, file), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return randomBytes(32);
    throw unreadable(file, error instanceof Error ? error.message : String(error));
  }
  try {
    return Buffer.from(shape.parse(JSON.parse(text)).key, 'hex');
  } catch {
    throw unreadable(file, 'it has no key of pseudonyms');
  }
}

function unreadable(file: string, why: string) {
  return usage(`${file} cannot be used: ${why}.`, 'Give --output another file.', 'people_key');
}

/** For its owner alone. */
export function writeKeyFile(
  cwd: string,
  file: string,
  key: Buffer,
  people: readonly Pseudonym[],
): Promise<void> {
  const content = { schema: 1, key: key.toString('hex'), people };
  return writeOutputFile(cwd, file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
}
