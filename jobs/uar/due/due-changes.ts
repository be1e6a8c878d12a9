import { type Kysely, sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { severities } from '../../../src/job/severity.ts';
import type { JsonObject } from '../../../src/text/json.ts';

/** A changed policy of due dates, as `report changes` shows it. */
export interface DueChange {
  readonly at: Date;
  /** Its name then. */
  readonly comparison: string;
  /** `critical 7 days, high 30 days`; `none`. */
  readonly before: string;
  readonly after: string;
  readonly by: string;
}

const action = 'uar.due';

/** Keeps who changed the due dates of which comparison. One statement. */
export async function recordDueChanges(
  trx: Transaction<Database>,
  changes: ReadonlyArray<
    { readonly id: number; readonly name: string } & Record<'before' | 'after', unknown>
  >,
  { at, actor }: { readonly at: Date; readonly actor: string },
): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map(({ id, name, before, after }) => ({
    subject: `comparison:${id}`,
    before: content(name, before),
    after: content(name, after),
  }));
  await sql`
    insert into opsdeck_jobs.action_log (at, actor, action, subject, before, after)
    select ${at}::timestamptz, ${actor}, ${action}, r.subject, r.before, r.after
      from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r (subject text, before jsonb, after jsonb)`.execute(
    trx,
  );
}

function content(name: string, due: unknown): JsonObject {
  return { comparison: name, due: z.json().parse(due ?? null) };
}

const side = z.object({
  comparison: z.string(),
  due: z.record(z.string(), z.union([z.string(), z.number()])).nullable(),
});
const row = z.object({ at: z.date(), actor: z.string(), before: side, after: side });

/** Oldest first. One statement. */
export async function recordedDueChanges(
  db: Kysely<Database>,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<readonly DueChange[]> {
  const { rows } = await sql`
    select at, actor, before, after from opsdeck_jobs.action_log
     where action = ${action} and at between ${from.toISOString()}::timestamptz and ${to.toISOString()}::timestamptz
     order by at, id`.execute(db);
  return rows.flatMap((one) => {
    // An erasure left nothing of it.
    const read = row.safeParse(one).data;
    if (read === undefined) return [];
    const { at, actor: by, before, after } = read;
    return [
      {
        at,
        comparison: after.comparison,
        before: policyWords(before.due),
        after: policyWords(after.due),
        by,
      },
    ];
  });
}

function policyWords(due: Readonly<Record<string, string | number>> | null): string {
  const parts = severities.flatMap((severity) => {
    const days = Number.parseInt(String(due?.[severity] ?? ''), 10);
    return Number.isNaN(days) ? [] : [`${severity} ${days} ${days === 1 ? 'day' : 'days'}`];
  });
  return parts.length === 0 ? 'none' : parts.join(', ');
}
