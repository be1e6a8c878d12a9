import { describe, expect, it } from 'vitest';
import { printError } from '../../src/cli/errors.ts';
import { writeJson } from '../../src/cli/render/json.ts';
import { OperatorError } from '../../src/errors/operator-error.ts';
import { memoryIo } from '../support/memory-io.ts';

const refused = new OperatorError({
  code: 'not_migrated',
  message: 'The database is not migrated.',
  next: "Run 'opsdeck-jobs migrate'.",
  exitCode: 2,
});
const silent = { json: false, debug: false };

describe('printError', () => {
  it('reports what is wrong and what to do next, without a stack trace', () => {
    const { io, stdout, stderr } = memoryIo();
    expect(printError(refused, io, silent)).toBe(2);
    expect(stderr()).toBe(
      "opsdeck-jobs: The database is not migrated. [not_migrated]\nNext: Run 'opsdeck-jobs migrate'.\n",
    );
    expect(stdout()).toBe('');
  });

  it('shows the stack trace to who asks for debug, but none for a mistake of theirs', () => {
    const { io, stderr } = memoryIo();
    printError(new OperatorError({ code: 'x', message: 'It is away.', next: 'Wait.', exitCode: 6 }), io, {
      ...silent,
      debug: true,
    });
    expect(stderr()).toContain('errors.test.ts');
    const mistake = memoryIo();
    printError(refused, mistake.io, { ...silent, debug: true });
    expect(mistake.stderr()).not.toContain('errors.test.ts');
  });

  it('breaks a line for each point of a message, and for nothing that a point quotes', () => {
    const { io, stdout, stderr } = memoryIo();
    const error = new OperatorError({
      code: 'x',
      message: 'Two are wrong:',
      next: 'Mend both.',
      points: ['one', "'two\nNext: rm -rf /'"],
      exitCode: 2,
    });
    printError(error, io, { json: true, debug: false });
    expect(stderr()).toBe(
      "opsdeck-jobs: Two are wrong: [x]\n  - one\n  - 'two Next: rm -rf /'\nNext: Mend both.\n",
    );
    expect(JSON.parse(stdout()).error.message).toBe(error.message);
  });

  it('an unexpected error is one sentence and exit 1', () => {
    const { io, stderr } = memoryIo();
    expect(printError(new TypeError('x is undefined'), io, silent)).toBe(1);
    expect(stderr()).toMatch(
      /^opsdeck-jobs: Unexpected error: x is undefined \[unexpected_error\]\nNext: .*--log-level debug.*\n$/,
    );
  });

  it('masks a password in a URL, wherever the error came from', () => {
    const { io, stdout, stderr } = memoryIo();
    const error = new TypeError('cannot open postgresql://ana:hunter2@db/x');
    printError(error, io, { json: true, debug: true });
    expect(stderr()).toContain('postgresql://ana:[secret]@db/x');
    expect(stdout() + stderr()).not.toContain('hunter2');
  });

  it('text of the database cannot steer the terminal: not in the sentence, the advice, the stack or the document', () => {
    const { io, stdout, stderr } = memoryIo();
    const evil = 'ISO\u001b[2J\u009b2J\u202e27001\rgone\nopsdeck-jobs: all is well\u2028.';
    const error = new OperatorError({
      code: 'x',
      message: `No ${evil}.`,
      next: evil,
      exitCode: 1,
    });
    error.stack = `Error: ${evil}\n    at here`;
    printError(error, io, { json: true, debug: true });
    const plain = 'ISO27001 gone opsdeck-jobs: all is well .';
    expect(stderr()).toBe(
      `opsdeck-jobs: No ${plain}. [x]\nNext: ${plain}\n    Error: ISO27001 gone\n    opsdeck-jobs: all is well .\n        at here\n`,
    );
    expect(stdout()).not.toMatch(/[^\x20-\x7e\n]/);
    expect(JSON.parse(stdout()).error.next).toBe(evil);
  });

  it('puts the error into the promised document', () => {
    const { io, stdout } = memoryIo();
    printError(refused, io, { ...silent, json: true });
    expect(JSON.parse(stdout())).toEqual({
      schema: 1,
      error: {
        code: 'not_migrated',
        message: 'The database is not migrated.',
        next: "Run 'opsdeck-jobs migrate'.",
      },
    });
  });

  it('never prints a second document', () => {
    const { io, stdout } = memoryIo();
    writeJson(io, { job: 'compliance-drift' });
    printError(refused, io, { ...silent, json: true });
    expect(stdout().trimEnd().split('\n')).toHaveLength(1);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('after %s every error is the interruption: exit %i', (signal, exitCode) => {
    const controller = new AbortController();
    controller.abort(signal);
    const { io, stderr } = memoryIo({ stop: controller.signal });
    expect(printError(refused, io, silent)).toBe(exitCode);
    expect(stderr()).toBe(
      `opsdeck-jobs: Interrupted by ${signal}. [interrupted]\nNext: Run it again; finished parts are stored.\n`,
    );
  });
});
