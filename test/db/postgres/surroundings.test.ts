import { describe, expect, it } from 'vitest';
import { InvalidConnectionUrl, parseConnectionUrl } from '../../../src/db/postgres/connection-url.ts';
import { withSurroundings } from '../../../src/db/postgres/surroundings.ts';

const completed = (url: string, variables: Readonly<Record<string, string>>) =>
  withSurroundings(url, (name) => variables[name]);

describe('libpq’s variables give a URL what it leaves out', () => {
  it.each([
    ['postgresql://u@h/d', { PGPASSWORD: 'a/b&c=%' }, { password: 'a/b&c=%', passFile: undefined }],
    ['postgresql://u@h/d?sslmode=require', { PGPASSFILE: '/p f' }, { passFile: '/p f', sslMode: 'require' }],
    ['postgresql://u@h/d', { PGOPTIONS: '-c work_mem=8MB' }, { options: '-c work_mem=8MB' }],
    [
      'postgresql://u:own@h/d',
      { PGPASSWORD: 'x', PGPASSFILE: '/p' },
      { password: 'own', passFile: undefined },
    ],
    ['postgresql://h/d?passfile=/own', { PGPASSFILE: '/p' }, { passFile: '/own' }],
    [
      'postgresql:///d',
      { PGHOST: 'other', PGPORT: '1', PGUSER: 'other', PGDATABASE: 'other' },
      { host: undefined, port: 5432, user: undefined, database: 'd' },
    ],
  ])('%s with %j', (url, variables, expected) => {
    expect(parseConnectionUrl(completed(url, variables))).toMatchObject(expected);
  });
});

describe('a variable that asks for more protection than the URL is an error', () => {
  it.each([
    ['postgresql://h/d', { PGSSLMODE: 'require' }],
    ['postgresql://h/d', { PGSSLMODE: 'no-verify' }],
    ['postgresql://h/d?sslmode=disable', { PGSSLMODE: 'prefer' }],
    ['postgresql://h/d?sslmode=require', { PGSSLMODE: 'verify-full' }],
    ['postgresql://h/d?sslmode=require', { PGSSLROOTCERT: '/ca.pem' }],
    ['postgresql://h/d?sslmode=require', { PGCHANNELBINDING: 'require' }],
    ['postgresql://h/d?sslmode=require', { PGGSSENCMODE: 'require' }],
    ['postgresql://h/d?sslmode=require', { PGREQUIREAUTH: 'scram-sha-256' }],
  ])('%s with %j', (url, variables) => {
    expect(() => completed(url, variables)).toThrow(InvalidConnectionUrl);
  });

  it.each([
    ['postgresql://h/d?sslmode=require', { PGSSLMODE: 'require' }],
    ['postgresql://h/d?sslmode=verify-full&sslrootcert=/a', { PGSSLMODE: 'require', PGSSLROOTCERT: '/b' }],
    ['postgresql://h/d', { PGSSLMODE: 'disable', PGCHANNELBINDING: 'prefer', PGSSLROOTCERT: '/b' }],
    ['postgresql:///d?host=/run/postgresql', { PGSSLMODE: 'verify-full' }],
  ])('but %s with %j is none', (url, variables) => {
    expect(completed(url, variables)).toBe(url);
  });
});
