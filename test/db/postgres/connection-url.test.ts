import { describe, expect, it } from 'vitest';
import { parseConnectionUrl } from '../../../src/db/postgres/connection-url.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';

describe('parseConnectionUrl reads what libpq and SQLAlchemy accept', () => {
  it.each([
    [
      'postgres://u:p@h/d',
      { user: 'u', password: 'p', host: 'h', port: 5432, database: 'd', sslMode: 'prefer' },
    ],
    ['postgresql://h', { user: undefined, password: undefined, host: 'h', database: undefined }],
    ['postgresql+psycopg2://u@h:6543/d', { user: 'u', host: 'h', port: 6543 }],
    ['postgresql://u%40x:p%3A%2F%23@h/my%20db', { user: 'u@x', password: 'p:/#', database: 'my db' }],
    ['postgresql://[::1]:5433/d', { host: '::1', port: 5433 }],
    ['postgresql:///d?host=/var/run/postgresql', { host: '/var/run/postgresql', database: 'd' }],
    ['postgresql://%2Fvar%2Frun/d', { host: '/var/run', database: 'd' }],
    [
      'postgresql://h/d?user=a&password=b&port=1&dbname=x',
      { user: 'a', password: 'b', port: 1, database: 'x' },
    ],
    [
      'postgresql://h/d?sslmode=verify-full&sslrootcert=/ca.pem',
      { sslMode: 'verify-full', sslRootCert: '/ca.pem' },
    ],
    ['postgresql://h/d?connect_timeout=3&application_name=x', { connectTimeoutSeconds: 3 }],
    ['postgresql://h/d?connect_timeout=0', { connectTimeoutSeconds: 10 }],
    ['postgresql://h/d?password=a+b%2Bc', { password: 'a+b+c' }],
    ['postgresql://h/d?password=a=b', { password: 'a=b' }],
    ['postgresql://h/d?port=1&port=2', { port: 2 }],
    ['postgresql://h/d?passfile=/p', { passFile: '/p', password: undefined }],
    [
      'postgresql://h/d?channel_binding=prefer&target_session_attrs=any&sslnegotiation=postgres',
      { host: 'h' },
    ],
    ['postgresql://h/d?options=-c%20search_path%3Dpublic', { options: '-c search_path=public' }],
  ])('%s', (url, expected) => {
    expect(parseConnectionUrl(url)).toMatchObject(expected);
  });
});

describe('parseConnectionUrl refuses what it would misread, without repeating the password', () => {
  it.each([
    ['mysql://u:hunter2@h/d', 'begins with mysql://, which is not PostgreSQL'],
    ['postgresql://u:hunter2@h:port/d', 'cannot be read as a URL'],
    ['postgresql://u:hunter2@a,b/d', 'several hosts'],
    ['postgresql://u:hunter2@h/d?sslmode=on', 'an unknown sslmode'],
    ['postgresql://u:hunter2@h/d?sslmod=require', "unknown parameter 'sslmod'"],
    ['postgresql://u:hunter2@h/d?port=high', 'an invalid port'],
    ['postgresql://u:hunter2@h/d?port=70000', 'an invalid port'],
    ['postgresql://u:hunter2@h/d?connect_timeout=abc', 'a connect_timeout that is no number'],
    ['postgresql://u:hunter2@h/d?host=a,b', 'several hosts'],
    ['postgresql://u:hunter2@h/d?dbname=%zz', 'a % that begins no encoded character'],
    ['postgresql://u:hunter2@h/d#x', "holds a '#'"],
    ['postgresql://h/d?password=x&hunter2=y', 'an unknown parameter'],
    ['postgresql://h/d?password=x&hunter2', 'an unknown parameter'],
    ['postgresql://u:hunter2@h/d?channel_binding=require', 'channel_binding'],
    ['postgresql://u:hunter2@h/d?gssencmode=require', 'gssencmode'],
    ['postgresql://u:hunter2@h/d?sslnegotiation=direct', 'sslnegotiation'],
    ['postgresql://u:hunter2@h/d?target_session_attrs=read-write', 'target_session_attrs'],
    ['postgresql://u:hunter2%@h/d', 'a % that begins no encoded character'],
  ])('%s', (url, sentence) => {
    let error: unknown;
    try {
      parseConnectionUrl(url);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(OperatorError);
    expect(error).toMatchObject({
      code: 'invalid_database_url',
      exitCode: 2,
      message: expect.stringContaining(sentence),
    });
    expect(
      JSON.stringify([error, error instanceof OperatorError && [error.message, error.next, error.stack]]),
    ).not.toContain('hunter2');
  });

  it('suggests the parameter that was meant', () => {
    expect(() => parseConnectionUrl('postgresql://h/d?sslmod=require')).toThrow(
      expect.objectContaining({ next: 'Did you mean sslmode?' }),
    );
  });
});
