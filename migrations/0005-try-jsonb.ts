import type { Migration } from './migration.ts';

/** Reading JSON that people typed, one value at a time: PostgreSQL 14 and 15 have no `is json`. */
export const tryJsonb: Migration = {
  name: '0005-try-jsonb',
  title: 'function that reads JSON text without failing',
  standaloneOnly: false,
  statements: [
    // The limits come first because PGlite does not survive an overflow of the parser's stack as a server does.
    `create function opsdeck_jobs.try_jsonb(value text) returns jsonb
  language plpgsql immutable strict as $$
begin
  if octet_length(value) > 65536
     or length(value) - length(translate(value, '[{', '')) > 200 then
    return null;
  end if;
  return value::jsonb;
exception when others then
  return null;
end
$$`,
    `comment on function opsdeck_jobs.try_jsonb(text) is
  'The text as jsonb; NULL where it is no JSON that jsonb can hold, over 64 KiB, or has over 200 brackets.'`,
  ],
};
