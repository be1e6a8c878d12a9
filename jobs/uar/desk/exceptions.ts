import { type Kysely, sql } from 'kysely';
import type { OpenDatabase } from '../../../src/db/database.ts';
import type { Database } from '../../../src/db/tables.ts';
import type { FindingType } from '../finding-words.ts';
import { refusal } from '../refusal.ts';
import { type Author, findReviewer, isOwnAccount, ownAccountRefusal } from './reviewer.ts';

/** Somebody who may differ for a while: a break-glass or a service account. */
export interface NewException {
  /** Null: in every comparison. */
  readonly comparison: number | null;
  /** Exactly as the finding has it. */
  readonly key: string;
  /** Null: findings of every type. */
  readonly type: FindingType | null;
  /** The last day on which it counts, `YYYY-MM-DD`, business zone. */
  readonly until: string;
  readonly reason: string;
}

export interface StoredException {
  readonly id: string;
  readonly comparison_id: number | null;
  readonly comparison: string | null;
  readonly key: string;
  readonly type: string | null;
  readonly until: string;
  readonly reason: string;
  readonly added_by: string;
  /** Null: not recorded then. */
  readonly entered_by: string | null;
  readonly added_at: Date;
  readonly revoked_by: string | null;
  readonly revoked_at: Date | null;
}

type Writable = Pick<OpenDatabase, 'db' | 'clock'>;

/**
 * Adds an exception, with its row in the action log; its number. The same one twice is not stored twice.
 *
 * @throws OperatorError exit 2: `own_account`, `unknown_reviewer`, `archived_reviewer`.
 */
export async function addException(
  { db, clock }: Writable,
  exception: NewException,
  { actor, enteredBy }: Author,
): Promise<{ readonly id: string; readonly added: boolean }> {
  const { comparison, key, type, until, reason } = exception;
  return db.transaction().execute(async (trx) => {
    const reviewer = await findReviewer(trx, actor);
    if (isOwnAccount(reviewer, { affectedUserId: null, affectedUser: null, key, rows: [] })) {
      throw ownAccountRefusal(actor, `'${key}' is`, 'nothing was added');
    }
    // Two that add the same one at the same moment: the second waits here, and finds it.
    await sql`lock table opsdeck_jobs.uar_exception in share row exclusive mode`.execute(trx);
    const same = await sql<{ id: string }>`
      select id from opsdeck_jobs.uar_exception
       where comparison_id is not distinct from ${comparison}::integer and key_text = ${key}
         and finding_type is not distinct from ${type}::text and until = ${until}::date and reason = ${reason}
         and revoked_at is null limit 1`.execute(trx);
    const found = same.rows[0];
    if (found !== undefined) return { id: found.id, added: false };
    const { rows } = await sql<{ id: string }>`
      with added as (
        insert into opsdeck_jobs.uar_exception (comparison_id, key_text, finding_type, reason, until, added_by, entered_by, added_at)
        values (${comparison}::integer, ${key}, ${type}::text, ${reason}, ${until}::date, ${actor}, ${enteredBy}, ${clock.now()}::timestamptz)
        returning *),
      logged as (
        insert into opsdeck_jobs.action_log (at, actor, action, subject, after, note)
        select added_at, added_by, 'uar.exception_add', 'uar_exception:' || id,
               jsonb_build_object('comparison', comparison_id, 'key', key_text, 'type', finding_type, 'until', until, 'entered_by', entered_by), reason
          from added)
      select id from added`.execute(trx);
    const added = rows[0];
    if (added === undefined) throw new Error('an insert returned no row');
    return { id: added.id, added: true };
  });
}

/** Ends an exception now; false: it was revoked already. @throws OperatorError `unknown_exception`, exit 2. */
export async function revokeException(
  { db, clock }: Writable,
  id: number,
  { actor, enteredBy, reason }: Author & { readonly reason: string | null },
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    await findReviewer(trx, actor);
    const { rows } = await sql<{ revoked: boolean }>`
      select revoked_at is not null as revoked from opsdeck_jobs.uar_exception where id = ${id}::bigint for update`.execute(
      trx,
    );
    const found = rows[0];
    if (found === undefined) {
      throw refusal('unknown_exception', `There is no exception ${id}.`, 'Look with `uar exception list`.');
    }
    if (found.revoked) return false;
    await sql`
      with ended as (
        update opsdeck_jobs.uar_exception set revoked_by = ${actor}, revoked_at = ${clock.now()}::timestamptz
         where id = ${id}::bigint returning *)
      insert into opsdeck_jobs.action_log (at, actor, action, subject, before, after, note)
      select revoked_at, revoked_by, 'uar.exception_revoke', 'uar_exception:' || id,
             jsonb_build_object('comparison', comparison_id, 'key', key_text, 'type', finding_type, 'until', until),
             jsonb_build_object('entered_by', ${enteredBy}::text), ${reason}::text
        from ended`.execute(trx);
    return true;
  });
}

/** Those that count on a day, or all there ever were; by their end. */
export async function listExceptions(
  db: Kysely<Database>,
  { today, all }: { readonly today: string; readonly all: boolean },
): Promise<readonly StoredException[]> {
  const { rows } = await sql<StoredException>`
    select x.id, x.comparison_id, c.name as comparison, x.key_text as key, x.finding_type as type, x.until::text as until,
           x.reason, x.added_by, x.entered_by, x.added_at, x.revoked_by, x.revoked_at
      from opsdeck_jobs.uar_exception x left join public.uar_comparison c on c.id = x.comparison_id
     where ${all} or (x.revoked_at is null and x.until >= ${today}::date)
     order by x.until, x.id`.execute(db);
  return rows;
}
