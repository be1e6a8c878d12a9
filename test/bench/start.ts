import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { measure, median } from './child.ts';
import type { BenchContext, Figure } from './figure.ts';

const rounds = 11;

/**
 * Start-up: `--help` beside an empty Node script; `list` beside opening PGlite on the same folder; the first `list` of a new
 * database beside PGlite that loads a stored empty data directory.
 */
export async function benchStart({ root, folder }: BenchContext): Promise<Figure[]> {
  const program = join(root, 'bin/opsdeck-jobs.js');
  const dataDir = join(folder, 'start-data');
  const env = { OPSDECK_JOBS_DATA_DIR: dataDir };
  const empty = join(folder, 'empty.mjs');
  await writeFile(empty, '');
  const opening = join(root, 'test/bench/open-pglite.mjs');
  await measure(root, [program, 'list'], env);
  const pgData = join(dataDir, 'pgdata');
  const stored = join(folder, 'stored.tar.gz');
  const loading = join(root, 'test/bench/load-pglite.mjs');
  await measure(root, [loading, 'store', join(folder, 'initial'), stored]);
  const [loaded, made] = [join(folder, 'loaded'), join(folder, 'made')];

  const seconds = {
    empty: [] as number[],
    help: [] as number[],
    pglite: [] as number[],
    list: [] as number[],
    load: [] as number[],
    first: [] as number[],
  };
  // In turns, so that a busy moment of the machine hits all of them.
  for (let round = 0; round < rounds; round += 1) {
    seconds.empty.push((await measure(root, [empty])).seconds);
    seconds.help.push((await measure(root, [program, '--help'])).seconds);
    seconds.pglite.push((await measure(root, [opening, pgData])).seconds);
    seconds.list.push((await measure(root, [program, 'list'], env)).seconds);
    seconds.load.push((await measure(root, [loading, 'load', loaded, stored])).seconds);
    const anew = { OPSDECK_JOBS_DATA_DIR: made };
    seconds.first.push((await measure(root, [program, 'list'], anew)).seconds);
    for (const path of [loaded, made]) await rm(path, { recursive: true });
  }
  const help = median(seconds.help) / median(seconds.empty);
  const list = median(seconds.list) / median(seconds.pglite);
  const first = median(seconds.first) / median(seconds.load);
  return [
    { what: 'empty Node script', value: milliseconds(median(seconds.empty)) },
    {
      what: '--help',
      value: `${milliseconds(median(seconds.help))}, ratio ${help.toFixed(2)}`,
      bar: '≤ 2.5 × empty script',
      met: help <= 2.5,
    },
    { what: 'opening PGlite on the data folder', value: milliseconds(median(seconds.pglite)) },
    {
      what: 'list on the embedded database',
      value: `${milliseconds(median(seconds.list))}, ratio ${list.toFixed(2)}`,
      bar: '≤ 1.5 × opening PGlite',
      met: list <= 1.5,
    },
    {
      what: 'opening PGlite by loadDataDir from a stored empty data directory',
      value: milliseconds(median(seconds.load)),
    },
    {
      what: 'the first list of a new embedded database',
      value: `${milliseconds(median(seconds.first))}, ratio ${first.toFixed(2)}`,
      bar: '≤ 1.5 × loadDataDir',
      met: first <= 1.5,
    },
  ];
}

function milliseconds(seconds: number): string {
  return `${Math.round(seconds * 1000)} ms`;
}
