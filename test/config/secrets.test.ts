import { describe, expect, it } from 'vitest';
import { Secrets } from '../../src/config/secrets.ts';
import { OperatorError } from '../../src/errors/operator-error.ts';

describe('Secrets', () => {
  const secrets = new Secrets(['hunter2hunter2', 'p@ss/word#1', 'xoxb-1', 'abc']);

  it.each([
    ['the value itself', 'login with hunter2hunter2 failed', 'login with [secret] failed'],
    ['each time it occurs', 'xoxb-1 xoxb-1', '[secret] [secret]'],
    ['its form in a URL', 'at /p%40ss%2Fword%231/x', 'at /[secret]/x'],
    ['any password in a URL', 'postgresql://ana:other@db/x', 'postgresql://ana:[secret]@db/x'],
    ['not words that are too short to be distinguished', 'abcdef', 'abcdef'],
    ['not a URL without a password', 'http://localhost:9464/a@b', 'http://localhost:9464/a@b'],
  ])('masks %s', (_, text, masked) => {
    expect(secrets.scrub(text)).toBe(masked);
  });

  it('masks the longest first, so that no rest of a secret stays', () => {
    expect(new Secrets(['secret', 'secret-and-more']).scrub('secret-and-more')).toBe('[secret]');
  });

  it.each([
    ['EMFILE', 'open_files_limit'],
    ['EFBIG', 'file_size_limit'],
  ])(
    'a system call that reached a limit (%s) is known by its code before that is left out',
    (code, known) => {
      const error = Object.assign(new Error(`${code}: no`), { code, path: '/data/xoxb-1' });
      expect(secrets.scrubError(error)).toMatchObject({
        code: known,
        exitCode: 6,
        message: expect.stringContaining('/data/[secret]'),
      });
    },
  );

  it('cleans an error with its stack, its next step and its causes, and keeps code and exit code', () => {
    const cause = new Error('server said hunter2hunter2');
    const error = secrets.scrubError(
      new OperatorError({
        code: 'database_unavailable',
        message: 'no xoxb-1',
        next: 'try xoxb-1',
        exitCode: 6,
        cause,
      }),
    );
    expect(error).toBeInstanceOf(OperatorError);
    expect(error).toMatchObject({
      code: 'database_unavailable',
      exitCode: 6,
      message: 'no [secret]',
      next: 'try [secret]',
    });
    expect(error.cause).toBeUndefined();
    expect(error.stack).toContain('server said [secret]');
    expect(error.stack).not.toMatch(/hunter2|xoxb/);
  });

  it.each([
    [2, false],
    [3, false],
    [1, true],
    [6, true],
  ] as const)('an error of exit %i has a stack trace: %s', (exitCode, traced) => {
    const error = new OperatorError({ code: 'refused', message: 'no', next: 'stop', exitCode });
    expect(secrets.scrubError(error).stack !== undefined).toBe(traced);
  });

  it.each([['a text xoxb-1'], [new TypeError('a text xoxb-1')]])('cleans %s', (thrown) => {
    const error = secrets.scrubError(thrown);
    expect(error.message).toBe('a text [secret]');
    expect(error.stack).not.toContain('xoxb');
  });
});
