import { expect, it } from 'vitest';
import { PeopleMask } from '../../../jobs/audit-file/people/mask.ts';

const key = Buffer.alloc(32, 1);
const people = [
  { name: 'Ana María Núñez', email: 'ana@example.org' },
  { name: 'Ana', email: 'other@example.org' },
  { name: "Sean O'Brien", email: null },
  { name: 'Kim Lee', email: 'kim1@example.org' },
  { name: 'Kim Lee', email: 'kim2@example.org' },
];

const masked = (text: string) => new PeopleMask(key, people).mask(text);
const ana = masked('ana@example.org');

it.each([
  ['an address', 'ANA@Example.org', ana],
  ['a name', 'Ana María Núñez', ana],
  ['a name in other letters', 'done by ana maría núñez.', `done by ${ana}.`],
  ['a name in brackets', '(Ana María Núñez, ana@example.org)', `(${ana}, ${ana})`],
  ['the user of a machine', 'os:root@vm', `os:${masked('root@vm')}`],
  ['a part of a word', 'Banana, Anatomy', 'Banana, Anatomy'],
  ['a single word in other letters', 'ana', 'ana'],
  ['no person', 'A.5.1 Backup @ noon', 'A.5.1 Backup @ noon'],
])('masks %s', (_, text, expected) => {
  expect(masked(text)).toBe(expected);
});

it('has one pseudonym a person, another with another key, and none that is the name', () => {
  expect(ana).toMatch(/^person-[0-9a-f]{12}$/);
  expect(new PeopleMask(Buffer.alloc(32, 2), people).mask('ana@example.org')).not.toBe(ana);
  expect(masked("x O'Brien, Sean O'Brien")).not.toContain('Sean');
  // Of two with one name it is not known who is meant.
  const kim = masked('Kim Lee');
  expect([masked('kim1@example.org'), masked('kim2@example.org')]).not.toContain(kim);
});

it('keeps who stands behind the pseudonyms that were used', () => {
  const mask = new PeopleMask(key, people);
  mask.mask('by ana@example.org and Ana María Núñez');
  expect(mask.whole('jdoe')).toMatch(/^person-/);
  expect(
    mask
      .used()
      .map(({ text }) => text)
      .sort(),
  ).toEqual(['Ana María Núñez', 'ana@example.org', 'jdoe']);
});
