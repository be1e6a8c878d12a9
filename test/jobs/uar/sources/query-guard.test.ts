import { expect, it } from 'vitest';
import { queryRefusal } from '../../../../src/sources/query/query-guard.ts';

it.each([
  'select email, name from "user"',
  'WITH x AS (SELECT 1 AS a) SELECT a FROM x',
  "select 'password; -- /* ' || $q$ token ; -- $q$ as note",
  "select E'it\\'s; secret' as note, 'it''s' as b, U.name from t as u",
  `select "odd "" name" from t where a[1] = 1.5e3 and b::text ~* 'x' and c ->> 'k' <> ''`,
  "select $$a'b;c$$ as d, naïve from t",
])('lets a plain query pass: %s', (query) => {
  expect(queryRefusal(query)).toBeUndefined();
});

it.each([
  ['', 'is empty'],
  ['delete from "user"', 'SELECT or WITH'],
  ["'select'", 'SELECT or WITH'],
  ['(select 1 as a)', 'SELECT or WITH'],
  ['select 1 as a;', 'semicolon'],
  ["select 'a''; b' as a; drop table x", 'semicolon'],
  ["select E'\\'; b' as a; drop table x", 'semicolon'],
  [
    "select E'a'\n'\\' as x, ' as a) as q; update \"user\" set name = $$b$$; select (1 --' as b",
    'continues in',
  ],
  ['select $a$;$b$;$a$ as x; select 2', 'semicolon'],
  ['select 1 as a -- b', 'comment'],
  ['select 1 /* b */ as a', 'comment'],
  ['select 1 +/**/ 2 as a', 'comment'],
  ['select password_hash from "user"', "'password_hash'"],
  ['select u."API_Token" from "user" as u', "'API_Token'"],
  ['select apikey from t', "'apikey'"],
  ['select u&"\\0070assword" from t', 'U&'],
  ["select u&'a' as b", 'U&'],
  ['select * from pg_user', "'pg_user'"],
  ['select * from "pg_catalog".x', "'pg_catalog'"],
  ['select * from information_schema.tables', "'information_schema'"],
  ["select set_config('role', 'none', true) as a", "'set_config'"],
  ["select pg_read_file('/etc/passwd') as a", "'pg_read_file'"],
  ['select pg_sleep(1) as a', "'pg_sleep'"],
  ["select lo_import('/etc/passwd') as a", "'lo_import'"],
  ["select * from dblink('host=x', 'select 1') as t (a int)", "'dblink'"],
  ["select query_to_xml('select 1', true, true, '') as a", "'query_to_xml'"],
  ["select * from ts_stat('select 1')", "'ts_stat'"],
  ["select nextval('s') as a", "'nextval'"],
  ['select 1 as a) as q, (select 2 as b', 'parenthesis'],
  ['select (1 as a', 'parenthesis'],
  ["select 'never closed", 'cannot be read from'],
  ['select $a$never closed', 'cannot be read from'],
  ['select "never closed', 'cannot be read from'],
  ['select $1 as a', 'cannot be read from'],
  ['select 1 \\g', 'cannot be read from'],
  ['select 1 \0', 'cannot be read from'],
])('refuses, and fails closed on what it cannot read: %s', (query, reason) => {
  expect(queryRefusal(query)).toContain(reason);
});
