/*
 * Makes the files of new embedded databases, shut down, for dist/:
 * - empty-database.tar.br: as PGlite's initdb leaves them. Unpacked, that is half the time and half the memory of initdb.
 * - new-database-KEY.tar.br: the same with every migration, which a first opening takes over. The key names the steps.
 * Each is made once for each version of PGlite and each key.
 */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

/** Puts the files into a folder; what an earlier build made is used again. */
export async function buildDatabases(root, folder) {
  const manifest = join(root, 'node_modules/@electric-sql/pglite/package.json');
  const { version } = JSON.parse(await readFile(manifest, 'utf8'));
  const { newDatabaseKey, newDatabaseStatements } = await migrationSteps(root);
  const wanted = {
    'empty-database.tar.br': [],
    [`new-database-${newDatabaseKey()}.tar.br`]: newDatabaseStatements(),
  };
  await mkdir(folder, { recursive: true });
  for (const [file, statements] of Object.entries(wanted)) {
    const made = join(root, 'node_modules/.cache/opsdeck-jobs', `pglite-${version}-${file}`);
    if (!(await stat(made).catch(() => undefined))) await make(made, statements);
    // Another build, or a test, may be reading it: in one step.
    const unfinished = join(folder, `${file}.${process.pid}`);
    await copyFile(made, unfinished);
    await rename(unfinished, join(folder, file));
  }
}

/** The program's own migrations, which are TypeScript. */
async function migrationSteps(root) {
  const { build } = await import('esbuild');
  const scratch = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-build-'));
  try {
    const outfile = join(scratch, 'migration-steps.mjs');
    await build({
      absWorkingDir: root,
      entryPoints: ['src/db/migration-steps.ts'],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20.19',
      logLevel: 'warning',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function make(target, statements) {
  const { PGlite } = await import('@electric-sql/pglite');
  const scratch = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-build-'));
  try {
    const dataDir = join(scratch, 'pgdata');
    const database = await PGlite.create({ dataDir });
    for (const statement of statements) await database.exec(statement);
    await database.close();
    await rm(join(dataDir, 'postmaster.pid'), { force: true });
    const packed = await promisify(brotliCompress)(await tar(dataDir), {
      // The window holds what is between the three copies of the catalogue.
      params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 },
    });
    await mkdir(dirname(target), { recursive: true });
    const unfinished = `${target}.${process.pid}`;
    await writeFile(unfinished, packed);
    await rename(unfinished, target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function tar(folder) {
  const names = (await readdir(folder, { recursive: true })).sort();
  const blocks = [];
  for (const name of names) {
    const path = join(folder, name);
    const isFolder = (await stat(path)).isDirectory();
    const content = isFolder ? Buffer.alloc(0) : await readFile(path);
    blocks.push(header(name, content.length, isFolder), content, Buffer.alloc(-content.length & 511));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** POSIX ustar: a file and its size, or a folder. */
function header(name, size, isFolder) {
  const block = Buffer.alloc(512);
  if (Buffer.byteLength(name) > 99) throw new Error(`the name is too long for a tar: ${name}`);
  block.write(name, 0);
  block.write(isFolder ? '0000700\0' : '0000600\0', 100);
  block.write('0000000\0'.repeat(2), 108);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write(isFolder ? '5' : '0', 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
