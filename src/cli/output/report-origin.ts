import { sql } from 'kysely';
import type { OpenDatabase } from '../../db/database.ts';
import type { ReportOrigin } from '../../job/report-page.ts';
import type { Session } from '../session.ts';

/** Where and when the report of a session is made. Two statements. */
export async function readOrigin({
  database,
  zones,
}: Pick<Session, 'database' | 'zones'>): Promise<ReportOrigin> {
  return {
    database: database.label,
    zone: zones.business,
    at: database.clock.now(),
    organisation: await readOrganisation(database.db),
  };
}

/** As OpsDeck's settings have it; null: none, or our role may not read them. */
async function readOrganisation(db: OpenDatabase['db']): Promise<string | null> {
  const { rows } = await sql<{ readable: boolean }>`
    select coalesce(has_column_privilege(to_regclass('public.organization_settings'), 'legal_name', 'select'), false)
           as readable`.execute(db);
  if (rows[0]?.readable !== true) return null;
  const settings = await db
    .selectFrom('organization_settings')
    .select('legal_name')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  const name = settings?.legal_name?.trim() ?? '';
  return name === '' ? null : name;
}
