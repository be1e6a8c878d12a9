// What nothing can be faster than: PGlite itself, opened on the folder given, one query, closed.
import { PGlite } from '@electric-sql/pglite';

const pglite = await PGlite.create({ dataDir: process.argv[2] });
await pglite.query('select 1');
await pglite.close();
