import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { type Cause, causes } from '../cause.ts';
import { ruleChanges } from '../controls/rule-changes.ts';
import { ruleStates } from '../rule-state.ts';

/** A change of a rule that changed the status of its control, as a snapshot found it. */
export interface RecordedRuleChange {
  readonly at: Date;
  readonly framework: string;
  readonly control: string;
  readonly cause: Cause;
  /** With old and new values: `Backup: limit 90 → 365 days`. */
  readonly changes: readonly string[];
}

const ofRules = ['rule_added', 'rule_changed', 'rule_disabled', 'rule_removed'] as const;

const row = z.object({
  at: z.date(),
  framework: z.string(),
  control: z.string(),
  cause: z.enum(ofRules),
  before: ruleStates.nullable(),
  after: ruleStates.nullable(),
});

/** Oldest first. One statement. */
export async function recordedRuleChanges(
  db: Kysely<Database>,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<readonly RecordedRuleChange[]> {
  const { rows } = await sql`
    select detected_at as at, framework_name as framework, control_id as control, cause,
           detail -> 'before' as before, detail -> 'after' as after
      from opsdeck_jobs.drift_event
     where cause = any (${ofRules}::text[])
       and detected_at between ${from.toISOString()}::timestamptz and ${to.toISOString()}::timestamptz
     order by detected_at, framework_name, control_id, id`.execute(db);
  return rows.map((one) => {
    const { before, after, ...change } = row.parse(one);
    const changes = ruleChanges(before ?? [], after ?? []);
    return { ...change, changes: changes.length === 0 ? [causes[change.cause]] : changes };
  });
}
