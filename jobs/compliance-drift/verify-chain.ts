import { sql } from 'kysely';
import { z } from 'zod';
import type { OpenDatabase } from '../../src/db/database.ts';

/**
 * What is wrong with a snapshot.
 * `deleted`: its `compliance_audit` row is gone, and no manifest of data-retention names it. `altered`: that row's text is not
 * what was written.
 * `broken_link`: it does not follow the snapshot before it, or its own link was changed: something was removed, inserted or rewritten.
 * `not_in_chain`: a row that says it is a snapshot of ours, without a link: its link was removed, or it was never ours.
 */
export const chainProblems = ['deleted', 'altered', 'broken_link', 'not_in_chain'] as const;
export type ChainProblem = (typeof chainProblems)[number];

export interface ChainFinding {
  readonly auditId: number;
  /** null: not known, the row has no link. */
  readonly takenAt: Date | null;
  readonly problem: ChainProblem;
}

export interface ChainVerification {
  /** Links that were checked. */
  readonly snapshots: number;
  /** Of them, those whose row data-retention has archived and removed: their link stands in the chain for them. */
  readonly removed: number;
  /** Oldest first; empty: the chain holds. */
  readonly findings: readonly ChainFinding[];
  /** The first link that does not hold; everything before it does. */
  readonly firstBroken: ChainFinding | null;
}

const row = z.object({
  total: z.int(),
  removed: z.int(),
  audit_id: z.int().nullable(),
  taken_at: z.date().nullable(),
  problem: z.enum(chainProblems).nullable(),
});

/**
 * One statement: recomputes every hash in the database, oldest snapshot first, and returns only what does not hold. A snapshot
 * can have two problems. What the chain alone cannot show: that its newest links were removed together with their rows.
 */
export async function verifyDriftChain(db: OpenDatabase['db']): Promise<ChainVerification> {
  const { rows } = await sql`
    with known as (
      select s.*, a.id as row_id, a.snapshot_data,
             -- By the text of a manifest that is what was committed: whoever only writes its number proves nothing.
             a.id is null and case
               when m.table_name = 'compliance_audit' and m.content_hash = sha256(convert_to(m.document::text, 'UTF8'))
                    and m.chain_hash = sha256(m.previous_hash || m.content_hash)
               then s.audit_id::bigint <@ (m.document ->> 'keys')::int8multirange else false end as removed
        from opsdeck_jobs.drift_snapshot s
        left join compliance_audit a on a.id = s.audit_id
        left join opsdeck_jobs.archive_manifest m on m.id = s.removed_by
    ),
    link as (
      select s.*, s.row_id is null and not s.removed as deleted,
             s.row_id is not null
               and sha256(convert_to(s.snapshot_data::text, 'UTF8')) is distinct from s.content_hash as altered,
             s.previous_hash is distinct from
               lag(s.chain_hash, 1, decode(repeat('00', 32), 'hex')) over (order by s.audit_id)
               or s.chain_hash is distinct from sha256(s.previous_hash || s.content_hash) as broken
        from known s
    ),
    finding as (
      select audit_id, taken_at, case when deleted then 'deleted' else 'altered' end as problem
        from link where deleted or altered
      union all
      select audit_id, taken_at, 'broken_link' from link where broken
      union all
      select a.id, null, 'not_in_chain'
        from compliance_audit a
       where a.audit_type = 'drift_snapshot' and a.snapshot_data::text like '%"opsdeck_jobs":{"evaluator_version":%'
         and not exists (select from opsdeck_jobs.drift_snapshot s where s.audit_id = a.id)
    )
    select t.total, t.removed, f.audit_id, f.taken_at, f.problem
      from (select count(*)::int as total, (count(*) filter (where removed))::int as removed from link) t left join finding f on true
     order by f.audit_id, f.problem desc`.execute(db);
  const read = rows.map((one) => row.parse(one));
  const findings = read.flatMap(({ audit_id: auditId, taken_at: takenAt, problem }): ChainFinding[] =>
    auditId === null || problem === null ? [] : [{ auditId, takenAt, problem }],
  );
  return {
    snapshots: read[0]?.total ?? 0,
    removed: read[0]?.removed ?? 0,
    findings,
    firstBroken: findings[0] ?? null,
  };
}
