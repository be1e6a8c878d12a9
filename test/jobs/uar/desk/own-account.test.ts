import { expect, it } from 'vitest';
import { isOwnAccount } from '../../../../jobs/uar/desk/own-account.ts';

const finding = { affectedUserId: null, affectedUser: null, key: 'x', rows: [] };

it.each([
  ['its key is the name', { key: 'ana' }],
  ['its key is an address of that name', { key: ' Ana@example.org ' }],
  ['its key is that name in a Windows domain', { key: 'CORP\\ana' }],
  ['it is linked to an account of that name', { affectedUserId: 7, affectedUser: 'ana@example.org' }],
  ['a row names the account', { rows: [null, { id: '1', Login: 'ANA' }] }],
  ['one of several rows has the address', { rows: [[{ email: 'bob@x' }, { email: 'ana@x' }]] }],
])('takes what is about an account of the machine user’s name for their own: %s', (_, about) => {
  for (const actor of ['os:ana@desk', 'os:ana@example.org@desk', 'os:Ana@desk.example.org']) {
    expect(isOwnAccount({ actor, userId: null }, { ...finding, ...about })).toBe(true);
  }
  expect(isOwnAccount({ actor: 'os:bea@desk', userId: null }, { ...finding, ...about })).toBe(false);
});

it.each([
  ['another name that begins so', { key: 'anabel@example.org' }],
  ['the name of the manager', { rows: [{ email: 'bob@x', manager: 'ana@example.org' }] }],
  ['the name of the machine', { key: 'desk' }],
  ['no account at all', { key: '', rows: [{ email: '' }] }],
])('lets the machine user decide where only something else has the name: %s', (_, about) => {
  expect(isOwnAccount({ actor: 'os:ana@desk', userId: null }, { ...finding, ...about })).toBe(false);
});

it('asks for the whole address where the reviewer gave one, whatever account they have', () => {
  const ana = { actor: 'Ana@example.org', userId: 7 };
  expect(isOwnAccount(ana, { ...finding, affectedUser: 'ana@EXAMPLE.org' })).toBe(true);
  expect(isOwnAccount(ana, { ...finding, affectedUser: 'ana@elsewhere.org' })).toBe(false);
  expect(isOwnAccount(ana, { ...finding, key: '7' })).toBe(true);
  expect(isOwnAccount(ana, { ...finding, rows: [{ login: 'ana' }] })).toBe(false);
});
