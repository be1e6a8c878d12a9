import { expect, it } from 'vitest';
import { originOf } from '../../../../jobs/uar/sources/api/secret-binding.ts';

it.each([
  ['hr.example.org', 'https://hr.example.org'],
  ['HR.example.org:443', 'https://hr.example.org'],
  ['https://hr.example.org/', 'https://hr.example.org'],
  ['hr.example.org:8443', 'https://hr.example.org:8443'],
  ['10.0.0.7', 'https://10.0.0.7'],
  ['::1', 'https://[::1]'],
  ['[::1]:8443', 'https://[::1]:8443'],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ['http://hr.example.org', undefined],
  ['hr.example.org/path', undefined],
  ['hr.example.org?x', undefined],
  ['ana@hr.example.org', undefined],
  ['*.example.org', undefined],
  ['ftp://hr.example.org', undefined],
  ['hr.example.org:99999', undefined],
  ['a b', undefined],
  ['', undefined],
])('%s binds a secret to %s', (entry, origin) => {
  expect(originOf(entry)).toBe(origin);
});
