import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { startPostgresServer } from '../support/postgres-server.ts';
import { benchDaemon } from './daemon.ts';
import { benchDrift } from './drift.ts';
import { benchExpiry } from './expiry.ts';
import { benchLists } from './lists.ts';
import { benchOutbox } from './outbox.ts';
import { benchRetention } from './retention.ts';
import { benchStart } from './start.ts';
import { benchUar } from './uar.ts';

const benches = {
  daemon: benchDaemon,
  drift: benchDrift,
  expiry: benchExpiry,
  lists: benchLists,
  outbox: benchOutbox,
  retention: benchRetention,
  start: benchStart,
  uar: benchUar,
};

const [root = process.cwd(), ...wanted] = process.argv.slice(2);
const server = await startPostgresServer();
const folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-bench-'));
try {
  for (const [name, bench] of Object.entries(benches)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const figures = await bench({ root, folder, databaseUrl: (database) => server.url(database) });
    const table = new Table({ head: [name, 'measured', 'bar', ''], style: { head: [] } });
    for (const { what, value, bar = '', met } of figures) {
      table.push([what, value, bar, met === undefined ? '' : met ? 'met' : 'MISSED']);
    }
    process.stdout.write(`${table.toString()}\n`);
  }
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
