// `store FOLDER FILE`: makes a database and stores its data directory. `load FOLDER FILE`: what a first opening is compared with.
import { readFile, writeFile } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';

const [what, dataDir, file] = process.argv.slice(2);
const stored = what === 'load' ? { loadDataDir: new Blob([await readFile(file)]) } : {};
const pglite = await PGlite.create({ dataDir, ...stored });
await pglite.query('select 1');
if (what === 'store') {
  const dump = await pglite.dumpDataDir('gzip');
  await writeFile(file, Buffer.from(await dump.arrayBuffer()));
}
await pglite.close();
