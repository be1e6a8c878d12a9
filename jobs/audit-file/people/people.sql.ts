import { type Kysely, sql } from 'kysely';
import { readableColumns } from '../../../src/db/readable-columns.ts';
import type { Database } from '../../../src/db/tables.ts';
import type { KnownPerson } from './mask.ts';

const accounts = { user: ['name', 'email'] };
const hires = { onboarding_process: ['new_hire_name', 'target_email'] };
const contacts = { contact: ['name', 'email'] };

/** Everybody whom the database knows by name: accounts, those who were hired, contacts. Two statements. */
export async function readPeople(db: Kysely<Database>): Promise<readonly KnownPerson[]> {
  const readable = await readableColumns(db, [accounts, hires, contacts]);
  const { rows } = await sql<KnownPerson>`
    select name, email from public."user"
    ${readable('onboarding_process', hires.onboarding_process) ? sql`union select new_hire_name, target_email from public.onboarding_process` : sql``}
    ${readable('contact', contacts.contact) ? sql`union select name, email from public.contact` : sql``}
     order by 1, 2`.execute(db);
  return rows;
}
