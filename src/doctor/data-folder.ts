import { statfs } from 'node:fs/promises';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../db/tables.ts';
import { type Finding, note, problem, warning } from './finding.ts';

const megabyte = 1024 * 1024;
/** A backup and the files that the database writes before it removes others need as much as the database, and something beside it. */
const spare = 200 * megabyte;
/** A larger one takes too long to read whole. */
const readWhole = 200 * megabyte;

/** The folder of the embedded database: the space that is left, and whether every row can be read. One statement. */
export async function checkFolder(
  db: Kysely<Database>,
  folder: string,
  sizeBytes: number,
): Promise<readonly Finding[]> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const whole = sizeBytes <= readWhole;
  const damage = whole ? await readEveryRow(db) : null;
  const read = whole ? 'every row can be read' : 'too large to read every row here';
  return [
    ...(damage === null
      ? [
          note(
            `${folder}: the database has ${inMegabytes(sizeBytes)}, ${inMegabytes(free)} are free; ${read}.`,
          ),
        ]
      : [
          problem(
            `The database in ${folder} is damaged: ${damage}.`,
            'Restore the newest backup with `opsdeck-jobs restore FILE`.',
          ),
        ]),
    ...(free < sizeBytes + spare
      ? [
          warning(
            `${inMegabytes(free)} are free in ${folder}; the database has ${inMegabytes(sizeBytes)}.`,
            'Free space, or move the folder and set OPSDECK_JOBS_DATA_DIR.',
          ),
        ]
      : []),
  ];
}

/** What cannot be read; null: nothing. Writes nothing. */
async function readEveryRow(db: Kysely<Database>): Promise<string | null> {
  try {
    await sql`
      do $$
      declare
        one record;
        rows bigint;
      begin
        for one in select c.oid::regclass as name from pg_catalog.pg_class c
                    where c.relkind = 'r' and c.relnamespace in ('public'::regnamespace, to_regnamespace('opsdeck_jobs'))
        loop
          execute format('select count(t::text) from only %s t', one.name) into rows;
        end loop;
      end $$`.execute(db);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function inMegabytes(bytes: number): string {
  return `${Math.floor(bytes / megabyte)} MB`;
}
