import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Io, World } from '../../src/cli/io.ts';
import { printReport } from '../../src/cli/runs/print-report.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import { ExitCode } from '../../src/errors/exit-code.ts';
import { OperatorError } from '../../src/errors/operator-error.ts';
import { count } from '../../src/text/count.ts';
import { type ArrivedMail, openMailServer } from './mail-server.ts';
import { program } from './program-words.ts';
import { printTyped } from './typed-line.ts';

/*
 * What the demo shows after the drift: real commands on its database, each printed and then run. The files that they read are the demo's
 * own, in its folder.
 */

/** The report that the demo writes for a browser, in its folder. */
export const overviewFile = 'drift.html';

interface Scene {
  readonly title: string;
  readonly words?: string;
  /** Mails are sent to a mail server inside the demo, and what arrived is shown. */
  readonly mail?: true;
  readonly commands: ReadonlyArray<readonly string[]>;
}

const scenes: readonly Scene[] = [
  {
    title: '4. What turns next without new evidence',
    commands: [['controls', 'forecast', '--days', '30']],
  },
  {
    title: '5. The mail that the administrators get',
    words: 'A mail server inside the demo receives them; nothing leaves this machine.',
    mail: true,
    commands: [['run-job', 'communications']],
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
    words: 'The file is in the folder below, with the line that opens it.',
    commands: [['report', 'drift', '--days', '30', '--format', 'html', '--output', overviewFile]],
  },
];

/**
 * Prints and runs them.
 *
 * @throws OperatorError `demo_failed` when one does not succeed.
 */
export async function showScenes(io: Io, folder: string, database: OpenDatabase): Promise<void> {
  await writeFiles(folder, database.clock.now());
  for (const { title, words, commands, mail } of scenes) {
    io.stdout.write('\n');
    printReport(io, [
      { kind: 'heading', text: title },
      ...(words === undefined ? [] : ([{ kind: 'line', text: words }] as const)),
    ]);
    const world = { folder, held: database, env: { HOME: folder, OPSDECK_JOBS_DATA_DIR: folder } };
    if (mail === true) printMails(io, await receiveMails(io, world, commands));
    else for (const args of commands) await run(io, world, args);
  }
}

/** Where a command of the demo runs. */
interface DemoWorld {
  readonly folder: string;
  readonly held: OpenDatabase;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs the commands with the settings of a mail server that is there as long as they run. */
async function receiveMails(
  io: Io,
  world: DemoWorld,
  commands: Scene['commands'],
): Promise<readonly ArrivedMail[]> {
  const server = await openMailServer();
  try {
    const env = {
      ...world.env,
      SMTP_SERVER: '127.0.0.1',
      SMTP_PORT: String(server.port),
      OPSDECK_JOBS_SMTP_STARTTLS: 'off',
      OPSDECK_JOBS_MAIL_FROM: 'opsdeck@demo.example',
    };
    for (const args of commands) await run(io, { ...world, env }, args);
    return server.mails;
  } finally {
    await server.close();
  }
}

function printMails(io: Io, mails: readonly ArrivedMail[]): void {
  const [first] = mails;
  if (first === undefined) {
    throw new OperatorError({
      code: 'demo_failed',
      message: 'No mail arrived at the mail server of the demo.',
      next: 'Run `demo` again.',
      exitCode: ExitCode.failed,
    });
  }
  const to = mails.map((mail) => mail.to).toSorted();
  io.stdout.write('\n');
  printReport(io, [
    { kind: 'heading', text: `${count(mails.length, 'mail')} arrived` },
    { kind: 'line', text: `From: ${first.from}` },
    { kind: 'line', text: `To: ${to.join('; ')}` },
    { kind: 'line', text: `Subject: ${first.subject}` },
    { kind: 'code', lines: first.text.split('\n') },
  ]);
}

async function run(io: Io, { folder, held, env }: DemoWorld, args: readonly string[]): Promise<void> {
  const typed = args.map((word) => (/^[\w./=-]+$/.test(word) ? word : `'${word}'`)).join(' ');
  io.stop.throwIfAborted();
  printTyped(io, `${program(io)} ${typed}`);
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
    env,
    cwd: folder,
  };
  const exitCode = await io.runCommandLine(args, world);
  if (exitCode === ExitCode.ok) return;
  io.stop.throwIfAborted();
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
