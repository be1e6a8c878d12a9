import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { writeLine } from '../../../src/cli/render/line.ts';
import { printReport } from '../../../src/cli/runs/print-report.ts';
import { runDocument } from '../../../src/cli/runs/run-document.ts';
import { openCommandLogger } from '../../../src/cli/session.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';
import { findJob } from '../../../src/job/find-job.ts';
import type { Report } from '../../../src/job/report.ts';
import type { RunOutcome } from '../../../src/job/run-outcome.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { jobs } from '../../index.ts';
import { commandsToLookFurther, printEnding } from '../ending.ts';
import { demoJob, playDemo } from '../play.ts';
import { program } from '../program-words.ts';
import { showScenes } from '../scenes.ts';
import { serveDemo } from '../serve.ts';
import { demoColumns } from '../typed-line.ts';
import { weekInWords } from '../week.ts';
import type { demo as demoDeclaration } from './demo.ts';

/** As typed. */
export type DemoOptions = OptionsOf<typeof demoDeclaration>;

/** `demo`: the drift job and other commands on made-up data in a database of its own; ignores the configuration and leaves the database to look at. */
export async function demo(given: Io, globals: GlobalOptions, options: DemoOptions): Promise<ExitCode> {
  const io: Io = { ...given, columns: given.columns ?? demoColumns };
  const folder = await newFolder();
  const { config, secrets } = loadConfig({ env: { HOME: folder }, cwd: folder, jobs: [] });
  // What the job logs as an error is what the demo is there to show.
  const { logger, close } = await openCommandLogger(io, globals, { ...config, logLevel: 'silent' }, secrets);
  const outcomes: RunOutcome[] = [];
  const json = options.json === true;
  const serving = options.serve === true;
  try {
    if (!json) printReport(io, opening);
    writeLine(io.stderr, `Making a database in ${folder} …`);
    await playDemo({
      folder,
      now: systemClock.now(),
      logger,
      stop: io.stop,
      onRun: (outcome) => {
        outcomes.push(outcome);
        if (!json) printSection(io, outcomes.length === 1 ? firstRun(io, outcome) : secondRun(io, outcome));
      },
      onEnd: async (environment) => {
        if (json) return;
        await showScenes(io, folder, environment.database);
        printEnding(io, folder, serving);
        if (serving) await serveDemo(given, folder, environment);
      },
    });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    close();
  }
  if (serving) await rm(folder, { recursive: true, force: true });
  if (json) {
    writeJson(io, {
      folder,
      commands: [runCommand(io), ...commandsToLookFurther(io, folder, false)],
      runs: outcomes.map((outcome) =>
        runDocument(outcome, `embedded database in ${folder}`, { dryRun: false, fault: outcome.fault }),
      ),
    });
  }
  return ExitCode.ok;
}

async function newFolder(): Promise<string> {
  const parent = tmpdir();
  try {
    // Mode 0700.
    return await mkdtemp(join(parent, 'opsdeck-jobs-demo-'));
  } catch (error) {
    throw new OperatorError({
      code: 'no_temporary_folder',
      message: `No folder can be made in ${parent}: ${error instanceof Error ? error.message : String(error)}.`,
      next: 'Name another place for temporary files with TMPDIR.',
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
}

const opening: Report = [
  { kind: 'heading', text: 'Compliance drift, on a made-up organisation' },
  { kind: 'line', text: 'Everything happens in a throw-away database; nothing of yours is read or changed.' },
];

function printSection(io: Io, section: Report): void {
  io.stdout.write('\n');
  printReport(io, section);
}

function runCommand(io: Io): string {
  return `${program(io)} run-job ${demoJob}`;
}

function typed(io: Io): Report {
  return [{ kind: 'line', text: `$ ${runCommand(io)}`, tone: 'notice' }];
}

function shown(outcome: RunOutcome): Report {
  return outcome.result === null ? [] : findJob(demoJob, jobs).present(outcome.result);
}

function day(outcome: RunOutcome): string {
  return outcome.startedAt.toISOString().slice(0, 10);
}

function firstRun(io: Io, outcome: RunOutcome): Report {
  return [
    { kind: 'heading', text: `1. A week ago, ${day(outcome)}: the first snapshot` },
    ...typed(io),
    ...shown(outcome),
  ];
}

function secondRun(io: Io, outcome: RunOutcome): Report {
  const messages = outcome.messages.map(({ channel, destination }) => `${channel} to ${destination}`);
  return [
    { kind: 'heading', text: '2. A week goes by' },
    ...weekInWords.map((text) => ({ kind: 'line', text: `- ${text}` }) as const),
    { kind: 'heading', text: `3. Today, ${day(outcome)}: what got worse, and why` },
    ...typed(io),
    ...shown(outcome),
    { kind: 'line', text: `They wait in the outbox: ${messages.join(', ')}.` },
  ];
}
