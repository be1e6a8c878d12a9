import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

/** Files that a person might import; each is removed after its test. */
export function inputFiles(): (content: string | Buffer) => Promise<string> {
  let folders: string[] = [];
  afterEach(async () => {
    const due = folders;
    folders = [];
    for (const folder of due) await rm(folder, { recursive: true, force: true });
  });
  return async (content) => {
    const folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-import-'));
    folders.push(folder);
    const path = join(folder, 'input');
    await writeFile(path, content);
    return path;
  };
}
