import { describe, expect, it } from 'vitest';
import { fromServer } from '../../src/db/errors.ts';

describe('a login with a password that fails before the server refuses it', () => {
  it.each([
    [
      'FIRST-MESSAGE: client password must be a string',
      'database_login_refused',
      'DATABASE_URL has no password',
    ],
    [
      'FIRST-MESSAGE: client password must be a non-empty string',
      'database_login_refused',
      'has no password',
    ],
    ['FINAL-MESSAGE: server signature does not match', 'database_not_trusted', 'did not prove that it knows'],
    ['FIRST-MESSAGE: server nonce is too short', 'database_login_refused', 'nonce is too short'],
  ])('%s is %s: %s', (words, code, sentence) => {
    const error = fromServer(new Error(`SASL: SCRAM-SERVER-${words}`), 'PostgreSQL d at h:5432', 'u');
    expect(error).toMatchObject({ code, exitCode: 2, message: expect.stringContaining(sentence) });
    if (!words.includes('client password')) expect(error.message).not.toContain('has no password');
  });
});
