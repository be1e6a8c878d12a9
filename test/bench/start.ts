import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { measure, median } from './child.ts';
import type { BenchContext, Figure } from './figure.ts';

const rounds = 11;

/** Start-up: `--help` beside an empty Node script, `list` beside opening PGlite on the same folder. */
export async function benchStart({ root, folder }: BenchContext): Promise<Figure[]> {
  const program = join(root, 'bin/opsdeck-jobs.js');
  const dataDir = join(folder, 'start-data');
  const env = { OPSDECK_JOBS_DATA_DIR: dataDir };
  const empty = join(folder, 'empty.mjs');
  await writeFile(empty, '');
  const opening = join(root, 'test/bench/open-pglite.mjs');
  await measure(root, [program, 'list'], env);

  const seconds = { empty: [], help: [], pglite: [], list: [] } as Record<
    'empty' | 'help' | 'pglite' | 'list',
    number[]
  >;
  // In turns, so that a busy moment of the machine hits all of them.
  for (let round = 0; round < rounds; round += 1) {
    seconds.empty.push((await measure(root, [empty])).seconds);
    seconds.help.push((await measure(root, [program, '--help'])).seconds);
    seconds.pglite.push((await measure(root, [opening, dataDir])).seconds);
    seconds.list.push((await measure(root, [program, 'list'], env)).seconds);
  }
  const help = median(seconds.help) / median(seconds.empty);
  const list = median(seconds.list) / median(seconds.pglite);
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
      bar: '≤ 3 × opening PGlite',
      met: list <= 3,
    },
  ];
}

function milliseconds(seconds: number): string {
  return `${Math.round(seconds * 1000)} ms`;
}
