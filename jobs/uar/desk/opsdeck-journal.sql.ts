import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { findingStatuses } from '../finding-words.ts';

/*
 * What people did to findings on OpsDeck's pages, as its journal (`audit_log`, entity UARFinding) has it.
 *
 * A row decides only if it names who: by the address, or by the account. Each form and each bulk action that decides sets
 * `resolved_at`, whatever the word; a bulk assignment sets the status `acknowledged` and leaves `resolved_at` alone. What the journal does
 * not have was done by an unknown person, or by a program.
 */

/** In the order in which it happened. */
export interface OpsdeckChange {
  readonly finding_id: number;
  readonly at: Date;
  readonly actor: string;
  readonly user_id: number | null;
  /** What was decided; `open`: it was opened again; null: it was assigned, or given a status that is no decision. */
  readonly decision: string | null;
}

/** Of a finding; earlier changes were about something else. */
export interface ChangedSince {
  readonly id: number;
  /** null: from the beginning. */
  readonly since: Date | null;
  /** Its status now: what a decision without a change of the status confirms. */
  readonly status: string | null;
}

interface JournalRow {
  readonly finding_id: number;
  readonly at: Date;
  readonly user_id: number | null;
  readonly actor: string;
  readonly changes: string | null;
}

const changedFields = z.object({
  status: z.object({ new: z.string().nullish() }).optional(),
  resolved_at: z.object({ new: z.string().nullish() }).optional(),
  assigned_to_id: z.unknown().optional(),
});

/** One statement. What this program wrote into the journal is left out. */
export async function opsdeckChanges(
  db: Kysely<Database>,
  findings: readonly ChangedSince[],
  { zones, until }: { readonly zones: Zones; readonly until: Date | null },
): Promise<readonly OpsdeckChange[]> {
  if (findings.length === 0) return [];
  const { rows } = await sql<JournalRow>`
    select a.entity_id as finding_id, a."timestamp" at time zone ${zones.stored} as at, a.user_id,
           coalesce(nullif(a.user_email, ''), u.email) as actor, a.changes
      from public.audit_log a
      join unnest(${findings.map(({ id }) => id)}::integer[],
                  ${findings.map(({ since }) => since?.toISOString() ?? null)}::timestamptz[]) as f (id, since)
        on f.id = a.entity_id
      left join public."user" u on u.id = a.user_id
     where a.entity_type = 'UARFinding' and a.action = 'update' and coalesce(nullif(a.user_email, ''), u.email) is not null
       and (f.since is null or a."timestamp" at time zone ${zones.stored} >= f.since)
       and (${until}::timestamptz is null or a."timestamp" at time zone ${zones.stored} <= ${until}::timestamptz)
       and not exists (select from opsdeck_jobs.uar_decision d
                        where d.finding_id = a.entity_id and d.at = a."timestamp" at time zone ${zones.stored})
     order by a.id`.execute(db);
  const status = new Map(findings.map((one) => [one.id, one.status]));
  return rows.flatMap(({ changes, ...row }): OpsdeckChange[] => {
    const fields = readFields(changes);
    if (fields === undefined) return [];
    const word = fields.status?.new ?? null;
    if (word !== null) status.set(row.finding_id, word);
    const decided = fields.resolved_at?.new != null;
    if (!decided && word === null && fields.assigned_to_id === undefined) return [];
    if (word === 'open') return [{ ...row, decision: 'open' }];
    return [{ ...row, decision: decided ? decisionOf(word ?? status.get(row.finding_id) ?? null) : null }];
  });
}

function decisionOf(status: string | null): string | null {
  return findingStatuses.find((word) => word === status) ?? null;
}

/** The journal is text of somebody else's: what cannot be read is passed over. */
function readFields(changes: string | null): z.output<typeof changedFields> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(changes ?? '');
  } catch {
    return undefined;
  }
  return changedFields.safeParse(value).data;
}
