import { expect, it } from 'vitest';
import { findPassword } from '../../../src/db/postgres/pass-file.ts';

const login = { host: 'db.example', port: 5432, database: 'opsdeck', user: 'jobs' };

it.each([
  ['db.example:5432:opsdeck:jobs:right', 'right'],
  ['db.example:5433:opsdeck:jobs:wrong\n*:*:*:jobs:right\r\n*:*:*:*:late', 'right'],
  ['# db.example:5432:opsdeck:jobs:wrong\nother:*:*:*:wrong', undefined],
  ['*:*:*:jobs:a\\:b\\\\c:d', 'a:b\\c:d'],
  ['*:*:*:jobs:', undefined],
  ['*:*:jobs:short', undefined],
  ['', undefined],
])('%j', (text, password) => {
  expect(findPassword(text, login)).toBe(password);
});

it('a user with a colon is written with a backslash', () => {
  expect(findPassword('*:*:*:a\\:b:right', { ...login, user: 'a:b' })).toBe('right');
});

it('a unix socket is localhost, or its folder', () => {
  const socket = { ...login, host: '/run/postgresql' };
  expect(findPassword('localhost:*:*:*:right', socket)).toBe('right');
  expect(findPassword('/run/postgresql:*:*:*:right', socket)).toBe('right');
  expect(findPassword('127.0.0.1:*:*:*:wrong', socket)).toBeUndefined();
});
