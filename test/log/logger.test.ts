import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Secrets } from '../../src/config/secrets.ts';
import { readLogLevel } from '../../src/log/level.ts';
import { writeWhole } from '../../src/log/log-file.ts';
import { createLogger, type LoggerOptions } from '../../src/log/logger.ts';
import { memoryIo } from '../support/memory-io.ts';

/** What every line must have, whoever reads it. */
const ecsLine = z.looseObject({
  '@timestamp': z.iso.datetime(),
  'log.level': z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']),
  message: z.string(),
  'ecs.version': z.string(),
  'service.name': z.literal('opsdeck-jobs'),
  'service.version': z.string().min(1),
  'process.pid': z.int(),
});

function linesOf(text: string) {
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => ecsLine.parse(JSON.parse(line)));
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsdeck-jobs-log-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function open(changes: Partial<LoggerOptions> = {}) {
  const { io, stderr } = memoryIo();
  const opened = await createLogger({
    console: io.stderr,
    stderr: io.stderr,
    pretty: false,
    color: false,
    level: 'warn',
    file: undefined,
    secrets: new Secrets(['hunter2hunter2']),
    ...changes,
  });
  return { ...opened, stderr };
}

describe('readLogLevel', () => {
  it.each([
    ['DEBUG', 'debug'],
    ['Warning', 'warn'],
    ['CRITICAL', 'fatal'],
    [' info ', 'info'],
    ['silent', 'silent'],
    ['loud', undefined],
    ['', undefined],
  ])('%j is %s', (text, level) => {
    expect(readLogLevel(text)).toBe(level);
  });
});

describe('the log file', () => {
  it('takes ECS from info up, whatever the console shows, with every field of loggers, children and lines', async () => {
    const file = join(folder, 'jobs.log');
    const { logger, close, stderr } = await open({ file });
    const run = logger.child({ 'labels.job': 'compliance-drift', 'labels.run_id': 'r1', 'trace.id': 'r1' });
    logger.debug('not here');
    run.info({ 'event.action': 'job.started' }, 'started');
    run
      .child({ 'labels.framework': 3 })
      .error(
        { 'event.action': 'job.finished', 'event.outcome': 'failure', err: new TypeError('broken') },
        'failed',
      );
    run.info(
      { event: { action: 'nested', duration: 5 }, labels: { extra: 'x' }, trace: { id: 'r1' } },
      'nested',
    );
    close();

    const [started, failed, nested, ...rest] = linesOf(readFileSync(file, 'utf8'));
    expect(rest).toEqual([]);
    const base = { 'labels.job': 'compliance-drift', 'labels.run_id': 'r1', 'trace.id': 'r1' };
    expect(started).toMatchObject({ ...base, message: 'started', 'event.action': 'job.started' });
    expect(failed).toMatchObject({
      ...base,
      'log.level': 'error',
      'labels.framework': 3,
      'event.outcome': 'failure',
      'error.type': 'TypeError',
      'error.message': 'broken',
      'error.stack_trace': expect.stringContaining('logger.test.ts'),
    });
    expect(nested).toMatchObject({
      ...base,
      'event.action': 'nested',
      'event.duration': 5,
      'labels.extra': 'x',
      'event.dataset': 'opsdeck-jobs',
    });
    expect(linesOf(stderr()).map(({ message }) => message)).toEqual(['failed']);
  });

  it('a field that is repeated on the way is there once, with the newest value', async () => {
    const { logger, stderr } = await open();
    logger.child({ 'labels.stage': 'read' }).child({ 'labels.stage': 'compare' }).warn('x');
    expect(stderr().match(/labels\.stage/g)).toHaveLength(1);
    expect(linesOf(stderr())[0]).toMatchObject({ 'labels.stage': 'compare' });
  });

  it.each([
    [false, 0],
    [true, 1],
  ] as const)(
    'has the whole error that the command prints in words; where a console of its own is %s, that has it %i times',
    async (consoleHasRecord, times) => {
      const file = join(folder, 'jobs.log');
      const { record, close, stderr } = await open({ file, level: 'debug', consoleHasRecord });
      record.error({ 'event.action': 'command.failed', err: new Error('broken') }, 'broken');
      close();
      expect(linesOf(readFileSync(file, 'utf8'))[0]).toMatchObject({
        'error.stack_trace': expect.stringContaining('logger.test.ts'),
      });
      expect(stderr().match(/command\.failed/g) ?? []).toHaveLength(times);
    },
  );

  it('is appended to, and only its owner may read a new one', async () => {
    const file = join(folder, 'jobs.log');
    for (const message of ['first', 'second']) {
      const { logger, close } = await open({ file, level: 'silent' });
      logger.info(message);
      close();
    }
    expect(linesOf(readFileSync(file, 'utf8')).map(({ message }) => message)).toEqual(['first', 'second']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('each line is in the file when the call returns: a killed process loses none', async () => {
    const file = join(folder, 'jobs.log');
    const { logger, close } = await open({ file });
    logger.info('one');
    expect(linesOf(readFileSync(file, 'utf8'))).toHaveLength(1);
    close();
  });

  it('that cannot be written is an error of usage, naming it', async () => {
    writeFileSync(join(folder, 'plain'), '');
    const file = join(folder, 'plain', 'jobs.log');
    await expect(open({ file })).rejects.toMatchObject({
      code: 'log_file_not_writable',
      exitCode: 2,
      message: expect.stringContaining(file),
    });
  });

  it('on a full disk breaks no run: the console reports it once, and goes on', async () => {
    const { logger, close, stderr } = await open({ file: '/dev/full' });
    for (const message of ['first', 'second']) logger.warn(message);
    close();
    const [first, notice, second, ...rest] = stderr().trimEnd().split('\n');
    expect(notice).toMatch(/^The log file \/dev\/full cannot be written: ENOSPC.*\.$/);
    expect(linesOf(`${first}\n${second}\n`).map(({ message }) => message)).toEqual(['first', 'second']);
    expect(rest).toEqual([]);
  });

  it('of a daemon that cannot be written is reported once, on stderr, and stdout has the log alone', async () => {
    const daemon = memoryIo();
    const { logger, close, stderr } = await open({ file: '/dev/full', console: daemon.io.stdout });
    for (const message of ['first', 'second']) logger.warn(message);
    close();
    expect(stderr()).toMatch(/^The log file \/dev\/full cannot be written: ENOSPC[^\n]*\.\n$/);
    expect(linesOf(daemon.stdout()).map(({ message }) => message)).toEqual(['first', 'second']);
  });

  it('has whole lines, also where the system takes a part of them at a time', () => {
    const taken: number[] = [];
    writeWhole(Buffer.from('zwölf Bytes\n'), (bytes) => {
      const part = bytes.subarray(0, 5);
      taken.push(...part);
      return part.length;
    });
    expect(Buffer.from(taken).toString()).toBe('zwölf Bytes\n');
  });

  it('a system that takes nothing is an error, not an endless loop', () => {
    expect(() => writeWhole(Buffer.from('x'), () => 0)).toThrow('no byte');
  });
});

describe('the console', () => {
  it.each([
    ['warn', ['warn', 'error']],
    ['trace', ['trace', 'debug', 'info', 'warn', 'error']],
    ['silent', []],
  ] as const)('at level %s shows %j', async (level, shown) => {
    const { logger, stderr } = await open({ level });
    for (const name of ['trace', 'debug', 'info', 'warn', 'error'] as const) logger[name](name);
    const lines = stderr() === '' ? [] : linesOf(stderr());
    expect(lines.map(({ message }) => message)).toEqual(shown);
  });

  it('never shows a secret: not in a message, a field, a nested value or a stack trace', async () => {
    const { logger, stderr } = await open();
    const secret = 'hunter2hunter2';
    logger
      .child({ 'labels.url': `https://x/${secret}` })
      .error(
        { err: new Error(`no ${secret}`), list: [{ deep: secret }], url: `postgresql://ana:pw@db/x` },
        `login ${secret}`,
      );
    expect(stderr()).not.toMatch(/hunter2|:pw@/);
    expect(linesOf(stderr())[0]?.message).toBe('login [secret]');
  });

  it('gets no character that would steer the terminal, also in ECS', async () => {
    const { logger, stderr } = await open();
    logger.warn({ 'labels.framework': 'a\u202eb' }, 'c\u009b2Jd');
    expect(stderr()).not.toMatch(/[\u0080-\u009f\u202a-\u202e]/);
    expect(linesOf(stderr())[0]).toMatchObject({ message: 'c\u009b2Jd', 'labels.framework': 'a\u202eb' });
  });

  it('shows a person short lines: time, level, message, and the fields that differ', async () => {
    const { logger, stderr } = await open({ pretty: true });
    logger.warn(
      { 'event.action': 'job.skipped', 'labels.job': 'compliance-drift', 'trace.id': 'r1' },
      'paused',
    );
    expect(stderr()).toMatch(/^\[\d\d:\d\d:\d\d\] WARN: paused action=job\.skipped job=compliance-drift\n$/);
  });

  it.each([
    ['warn', false],
    ['debug', true],
  ] as const)('shows a person the stack trace at %s: %s', async (level, visible) => {
    const { logger, stderr } = await open({ pretty: true, level });
    logger.error({ err: new Error('broken\u001b[2J\n[00:00:00] INFO: all is well') }, 'failed');
    expect(stderr()).not.toMatch(/^\[00:00:00\]/m);
    expect(stderr()).toContain('error.message=broken');
    expect(stderr().includes('logger.test.ts')).toBe(visible);
    expect(stderr()).not.toContain('\u001b');
  });
});
