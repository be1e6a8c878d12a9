import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { pino } from 'pino';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { groups, runCommandLine, served } from '../../bin/command-line.ts';
import { playDemo } from '../../jobs/demo/play.ts';
import { jobs } from '../../jobs/index.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { configFileSchema } from '../../src/config/file-schema.ts';
import { openDatabase } from '../../src/db/open-migrated.ts';
import { loadUserJobs } from '../../src/job/user-jobs/load-user-jobs.ts';
import { systemClock } from '../../src/time/clock.ts';
import { jobsFolder } from '../support/job-files.ts';
import { memoryIo } from '../support/memory-io.ts';
import { blocks, codeInProse, documents, programCalls, root, shellWords, textOf } from './manual/blocks.ts';

const scratch = inject('scratch');

/** The program without its work: it only finds out whether a command line is one. */
function parser(): CommandUnknownOpts {
  const { command } = buildProgram(memoryIo().io, groups, served);
  const empty = (one: CommandUnknownOpts): void => {
    if (one.commands.length === 0) one.action(() => undefined);
    for (const child of one.commands) empty(child);
  };
  empty(command);
  return command;
}

/** What is wrong with a command line; undefined: nothing. */
async function faultOf(args: readonly string[]): Promise<string | undefined> {
  try {
    await parser().parseAsync([...args], { from: 'user' });
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return /^\(output|^\d/.test(message) ? undefined : message;
  }
}

/** What is wrong with a command that prose names: it may leave arguments out. */
function faultOfName(words: readonly string[], command = parser()): string | undefined {
  const [first, ...rest] = words;
  if (first === undefined) return undefined;
  const child = command.commands.find((one) => one.name() === first);
  if (child !== undefined) return faultOfName(rest, child);
  if (command.commands.length > 0 && /^[a-z]/.test(first)) return `${command.name()} has no ${first}`;
  const options = new Set(
    [command, ...ancestors(command)]
      .flatMap(({ options: own }) => own)
      .flatMap(({ long, short }) => [long, short]),
  );
  options.add('--help');
  const unknown = words.find(
    (word) => /^--?[a-z]/.test(word) && !options.has(word.replace(/[=,.:;].*$/, '')),
  );
  return unknown === undefined ? undefined : `${command.name()} has no ${unknown}`;
}

function ancestors({ parent }: CommandUnknownOpts): readonly CommandUnknownOpts[] {
  return parent === null ? [] : [parent, ...ancestors(parent)];
}

describe('the manual', () => {
  it('has only command lines that the program takes', async () => {
    expect(programCalls.length).toBeGreaterThan(50);
    const faults: string[] = [];
    for (const { place, args } of programCalls) {
      const fault = await faultOf(args);
      if (fault !== undefined) faults.push(`${place}: ${args.join(' ')}: ${fault}`);
    }
    expect(faults).toEqual([]);
  });

  it('finds command lines that the program does not take', async () => {
    expect(await faultOf(['list', '--chekc'])).toContain('--chekc');
    expect(await faultOf(['report', 'nothing'])).toContain('nothing');
    expect(await faultOf(['run-job'])).toContain('name');
    expect(faultOfName(['messages', 'hold-none'])).toContain('hold-none');
    expect(faultOfName(['list', '--chekc'])).toContain('--chekc');
    expect(faultOfName(['run-job', '--param'])).toBeUndefined();
  });

  it('names in prose only commands and options that there are', () => {
    const names = new Set(parser().commands.map((command) => command.name()));
    const faults = documents.flatMap((document) =>
      codeInProse(document).flatMap((code) => {
        const words = shellWords(code.replace(/^(?:npx )?opsdeck-jobs /, ''));
        const meant = names.has(words[0] ?? '') && words.length > 1 && !/[|…=[{]/.test(code);
        const fault = meant ? faultOfName(words) : undefined;
        return fault === undefined ? [] : [`${document}: \`${code}\`: ${fault}`];
      }),
    );
    expect(faults).toEqual([]);
  });

  it('has only configuration files that the program takes', () => {
    const examples = blocks.filter(({ language, mark }) => language === 'json' && mark === '');
    expect(examples.length).toBeGreaterThan(2);
    for (const { place, text } of examples) {
      const { error } = configFileSchema(jobs).safeParse(JSON.parse(text));
      expect(error?.issues, place).toBeUndefined();
    }
  });

  it('has only jobs that load', async () => {
    const examples = blocks.filter(({ language, mark }) => language === 'js' && mark === '');
    expect(examples.length).toBeGreaterThan(0);
    const folder = jobsFolder(
      Object.fromEntries(examples.map(({ text }, index) => [`job-${index}.mjs`, text])),
    );
    const { jobs: loaded, broken } = await loadUserJobs([folder], jobs);
    expect(broken).toEqual([]);
    expect(loaded).toHaveLength(examples.length);
  });

  it('links only to files that there are', () => {
    const missing = documents.flatMap((document) =>
      [...textOf(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !/^https?:/.test(target) && !existsSync(join(root, dirname(document), target)))
        .map((target) => `${document}: ${target}`),
    );
    expect(missing).toEqual([]);
  });

  it('names only files that there are', () => {
    const missing = ['CONTRIBUTING.md', 'docs/architecture.md'].flatMap((document) =>
      codeInProse(document)
        .filter((code) => /^(?:bin|jobs|src|migrations|test|docs)\/[\w./-]+$/.test(code))
        .filter((path) => !existsSync(join(root, path)))
        .map((path) => `${document}: ${path}`),
    );
    expect(missing).toEqual([]);
  });

  it('has a README of at most 160 lines', () => {
    expect(textOf('README.md').split('\n').length - 1).toBeLessThanOrEqual(160);
  });

  it('has examples that work on the database of the demo', async () => {
    const folder = await mkdtemp(join(scratch, 'manual-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    // Mails wait in the demo's outbox; none of these commands sends one.
    const env = { OPSDECK_JOBS_DATA_DIR: folder, HOME: folder, OPSDECK_JOBS_MAIL_FROM: 'jobs@demo.example' };
    const stop = new AbortController().signal;
    const logger = pino({ enabled: false });
    await playDemo({
      folder,
      now: systemClock.now(),
      logger,
      stop,
      onRun: () => undefined,
      onEnd: async () => undefined,
    });
    const where = { kind: 'embedded', dataDir: folder } as const;
    const held = await openDatabase(where, {
      applicationName: 'manual',
      waitMs: 0,
      storedTimezone: undefined,
    });
    onTestFinished(() => held.close());
    const calls = new Map(programCalls.filter(({ runs }) => runs).map((call) => [call.args.join(' '), call]));
    expect(calls.size).toBeGreaterThan(5);
    for (const { place, args } of calls.values()) {
      const memory = memoryIo({ env, cwd: folder, held });
      const exitCode = await runCommandLine(args, memory.io);
      expect(exitCode, `${place}: ${args.join(' ')}: ${memory.stderr()}`).toBe(0);
    }
  });
});
