import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Io, World } from '../../src/cli/io.ts';
import { printReport } from '../../src/cli/runs/print-report.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import { ExitCode } from '../../src/errors/exit-code.ts';
import { OperatorError } from '../../src/errors/operator-error.ts';
import type { Report } from '../../src/job/report.ts';
import { program } from './program-words.ts';

/*
 * What the demo shows after the drift: real commands on its database, each printed and then run. The files that they read are the demo's
 * own, in its folder.
 */

interface Scene {
  readonly title: string;
  readonly words?: string;
  readonly commands: ReadonlyArray<readonly string[]>;
}

const scenes: readonly Scene[] = [
  {
    title: '4. What turns next without new evidence',
    commands: [['controls', 'forecast', '--days', '30']],
  },
  {
    title: '5. The mail that waits for an administrator',
    commands: [['messages', 'show', '1', '--rendered']],
  },
  {
    title: '6. Who has access, and should not',
    words:
      "Eva left, and her account is still active. Two exports are enough: the people of HR, and a system's accounts.",
    commands: [
      [
        'uar',
        'compare',
        'hr.csv',
        'accounts.csv',
        '--key',
        'email',
        '--no-fields',
        '--where-a',
        'status=Active',
      ],
    ],
  },
  {
    title: '7. What ends soon',
    commands: [
      ['import', 'certificates', 'certificates.csv'],
      ['expiry', 'list'],
    ],
  },
  {
    title: '8. A page for the auditor',
    words: 'Open drift.html of the folder below in a browser.',
    commands: [['report', 'drift', '--days', '30', '--format', 'html', '--output', 'drift.html']],
  },
];

/**
 * Prints and runs them.
 *
 * @throws OperatorError `demo_failed` when one does not succeed.
 */
export async function showScenes(io: Io, folder: string, database: OpenDatabase): Promise<void> {
  await writeFiles(folder, database.clock.now());
  for (const { title, words, commands } of scenes) {
    io.stdout.write('\n');
    printReport(io, [
      { kind: 'heading', text: title },
      ...(words === undefined ? [] : ([{ kind: 'line', text: words }] as const)),
    ]);
    for (const args of commands) await run(io, folder, database, args);
  }
}

async function run(io: Io, folder: string, held: OpenDatabase, args: readonly string[]): Promise<void> {
  const typed = args.map((word) => (/^[\w./=-]+$/.test(word) ? word : `'${word}'`)).join(' ');
  const line: Report = [{ kind: 'line', text: `$ ${program(io)} ${typed}`, tone: 'notice' }];
  printReport(io, line);
  let errors = '';
  const stderr = new Writable({
    write(chunk, _, done) {
      errors += String(chunk);
      done();
    },
  });
  const { stdout, stdoutIsTerminal, columns, color, userName, stop } = io;
  const world: World = {
    ...{ stdout, stdoutIsTerminal, columns, color, userName, stop, stderr, held },
    stderrIsTerminal: false,
    env: { HOME: folder, OPSDECK_JOBS_DATA_DIR: folder },
    cwd: folder,
  };
  const exitCode = await io.runCommandLine(args, world);
  if (exitCode === ExitCode.ok) return;
  throw new OperatorError({
    code: 'demo_failed',
    message: `'${typed}' ended with exit code ${exitCode}: ${errors.trim()}`,
    next: 'Run `demo` again.',
    exitCode: ExitCode.failed,
  });
}

const dayMs = 86_400_000;

async function writeFiles(folder: string, now: Date): Promise<void> {
  const day = (days: number) => new Date(now.getTime() + days * dayMs).toISOString().slice(0, 10);
  const files = {
    'hr.csv': [
      'email,name,status',
      'ana@demo.example,Ana Ortiz,Active',
      'bo@demo.example,Bo Lind,Active',
      'eva@demo.example,Eva Roth,Terminated',
    ],
    'accounts.csv': [
      'email,account',
      'ana@demo.example,aortiz',
      'bo@demo.example,blind',
      'eva@demo.example,eroth',
    ],
    'certificates.csv': [
      'name,expires_on,valid_from,common_name,owner_email',
      `Customer portal,${day(5)},${day(-85)},portal.demo.example,ana@demo.example`,
      `Mail server,${day(160)},${day(-205)},mail.demo.example,bo@demo.example`,
    ],
  };
  for (const [name, lines] of Object.entries(files)) {
    await writeFile(join(folder, name), `${lines.join('\n')}\n`, { mode: 0o600 });
  }
}
