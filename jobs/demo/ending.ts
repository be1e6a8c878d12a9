import { platform } from 'node:os';
import { join } from 'node:path';
import type { Io } from '../../src/cli/io.ts';
import { printReport } from '../../src/cli/runs/print-report.ts';
import { program } from './program-words.ts';
import { overviewFile } from './scenes.ts';
import { printTyped } from './typed-line.ts';

/** A path as a shell takes it. */
function quotedPath(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

const openers: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', win32: 'start' };

/** What to type to look at the demo's database. `serving`: as long as the pages are open, which remove it at their end. */
export function commandsToLookFurther(io: Io, folder: string, serving: boolean): readonly string[] {
  const path = quotedPath(folder);
  // An address in the environment would win over the folder.
  const url = (io.env['DATABASE_URL'] ?? '') === '' ? '' : 'DATABASE_URL= ';
  const there = `${url}OPSDECK_JOBS_DATA_DIR=${path} ${program(io)}`;
  return [
    `${openers[platform()] ?? 'xdg-open'} ${quotedPath(join(folder, overviewFile))}`,
    `${there} status`,
    `${there} verify drift`,
    ...(serving ? [] : [`${there} daemon --listen 127.0.0.1:9464`, `rm -r ${path}`]),
  ];
}

/** Each works as it is pasted, in any folder: the first makes the file that the second reads. */
function ownData(io: Io): readonly string[] {
  return [
    "printf 'name,expires_on\\nMy site,2030-01-31\\n' > certificates.csv",
    `${program(io)} import certificates certificates.csv`,
    `${program(io)} expiry list --days 3650`,
  ];
}

export function printEnding(io: Io, folder: string, serving: boolean): void {
  section(
    io,
    '9. Look further',
    serving
      ? `The database is in ${folder}. Its commands work in another terminal while the pages are open.`
      : `The database is in ${folder}. The daemon has pages at http://127.0.0.1:9464/; the last command removes everything.`,
    commandsToLookFurther(io, folder, serving),
  );
  section(
    io,
    '10. Now with your own data',
    'Put your certificates into the file. With an OpsDeck, set DATABASE_URL and run `setup` instead.',
    ownData(io),
  );
}

function section(io: Io, heading: string, words: string, commands: readonly string[]): void {
  io.stdout.write('\n');
  printReport(io, [
    { kind: 'heading', text: heading },
    { kind: 'line', text: words },
  ]);
  for (const command of commands) printTyped(io, command);
}
