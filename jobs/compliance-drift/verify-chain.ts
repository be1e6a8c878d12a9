import { sql } from 'kysely';
import { z } from 'zod';
import type { OpenDatabase } from '../../src/db/database.ts';
import {
  chainHash,
  changeHash,
  contentHash,
  eventHashOver,
  frameworkHash,
  headerHash,
  noLink,
} from './chain.sql.ts';

/**
 * What is wrong with a snapshot.
 * `deleted`: its `compliance_audit` row is gone, and no manifest of data-retention names it. `altered`: that row's text is not
 * what was written; `header_altered`: another of its columns is not.
 * `frameworks_altered`, `events_altered`: the counts of its frameworks, or the changes that it found, are not what was written.
 * `link_altered`: its time, run, evaluator version or a hash was changed. `broken_link`: it does not follow the snapshot before it:
 * something was removed, inserted or rewritten; of chain version 1 also what `link_altered` is.
 * `not_in_chain`: a row that says it is a snapshot of ours, without a link: its link was removed, or it was never ours.
 * `missing`: the record of a run names a snapshot that is not in the chain. `other_hash`: that record has another hash of it: the
 * chain was recomputed, or the record was changed. `run_missing`: the record of its run was removed.
 */
export const chainProblems = [
  'deleted',
  'altered',
  'header_altered',
  'frameworks_altered',
  'events_altered',
  'link_altered',
  'broken_link',
  'not_in_chain',
  'missing',
  'other_hash',
  'run_missing',
] as const;
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
  /** Changes that data-retention has archived and removed: the hashes in its manifests stand for them. */
  readonly changesRemoved: number;
  /** Of them, those of chain version 1: the hash is over their text alone. */
  readonly textOnly: number;
  /** Oldest first; empty: the chain holds. */
  readonly findings: readonly ChainFinding[];
  /** The first link that does not hold; everything before it does. */
  readonly firstBroken: ChainFinding | null;
}

const row = z.object({
  total: z.int(),
  removed: z.int(),
  changes_removed: z.int(),
  text_only: z.int(),
  audit_id: z.int().nullable(),
  taken_at: z.date().nullable(),
  problem: z.enum(chainProblems).nullable(),
});

/**
 * One statement: recomputes every hash in the database, oldest snapshot first, and returns only what does not hold. A snapshot
 * can have several problems. What the chain and the records of runs cannot show: that somebody changed both.
 */
export async function verifyDriftChain(db: OpenDatabase['db']): Promise<ChainVerification> {
  const { rows } = await sql`
    with frameworks as (
      select f.audit_id, ${frameworkHash} as hash from opsdeck_jobs.drift_snapshot_framework f group by f.audit_id
    ),
    change as materialized (
      select e.audit_id, e.id, ${changeHash} as hash from opsdeck_jobs.drift_event e
    ),
    -- A manifest that is as it was committed has the hash of each change that it took. One that was put back is looked at itself.
    removed_change as materialized (
      select (one ->> 0)::int as audit_id, (one ->> 1)::uuid as id, decode(one ->> 2, 'hex') as hash
        from opsdeck_jobs.archive_manifest m cross join lateral json_array_elements(m.document -> 'changes') one
       where m.table_name = 'opsdeck_jobs.drift_event' and m.document -> 'changes' is not null
         and m.content_hash = sha256(convert_to(m.document::text, 'UTF8')) and m.chain_hash = sha256(m.previous_hash || m.content_hash)
         and not exists (select from change c where c.id = (one ->> 1)::uuid)
    ),
    events as (
      select e.audit_id, ${eventHashOver(sql`e.hash`)} as hash
        from (select * from change union select * from removed_change) e group by e.audit_id
    ),
    -- Each text is hashed where it is read: what is sorted below is hashes.
    link as (
      select s.audit_id, s.run_id, s.taken_at, s.chain_version, s.chain_hash, s.previous_hash, a.id is not null as present,
             -- By the text of a manifest that is what was committed: whoever only writes its number proves nothing.
             a.id is null and case
               when m.table_name = 'compliance_audit' and m.content_hash = sha256(convert_to(m.document::text, 'UTF8'))
                    and m.chain_hash = sha256(m.previous_hash || m.content_hash)
               then s.audit_id::bigint <@ (m.document ->> 'keys')::int8multirange else false end as removed,
             a.id is not null and ${contentHash} is distinct from s.content_hash as altered,
             a.id is not null and s.chain_version > 1 and ${headerHash} is distinct from s.header_hash as header_altered,
             s.chain_version > 1 and coalesce(f.hash, sha256(''::bytea)) is distinct from s.framework_hash as frameworks_altered,
             s.chain_version > 1 and coalesce(e.hash, sha256(''::bytea)) is distinct from s.event_hash as events_altered,
             ${chainHash} is distinct from s.chain_hash as link_altered
        from opsdeck_jobs.drift_snapshot s
        left join compliance_audit a on a.id = s.audit_id
        left join opsdeck_jobs.archive_manifest m on m.id = s.removed_by
        left join frameworks f on f.audit_id = s.audit_id
        left join events e on e.audit_id = s.audit_id
    ),
    -- A version never goes down: what a newer one covers cannot be taken out by writing the older one.
    ordered as materialized (
      select l.*, previous_hash is distinct from lag(chain_hash, 1, ${noLink}) over (order by audit_id)
               or chain_version < lag(chain_version, 1, chain_version) over (order by audit_id) as broken
        from link l
    ),
    named as (
      select r.id, r.started_at, (r.result ->> 'snapshot_id')::int as audit_id, r.result ->> 'snapshot_hash' as hash
        from opsdeck_jobs.job_run r
       where r.job = 'compliance-drift' and r.result ->> 'snapshot_id' ~ '^[0-9]{1,9}$'
    ),
    -- First: the text of those that are linked is not read a second time.
    unlinked as materialized (
      select a.id from compliance_audit a
       where a.audit_type = 'drift_snapshot' and not exists (select from opsdeck_jobs.drift_snapshot s where s.audit_id = a.id)
    ),
    finding as (
      select o.audit_id, o.taken_at, p.problem
        from ordered o
       cross join lateral (values
         (1, not o.present and not o.removed, 'deleted'), (2, o.altered, 'altered'), (3, o.header_altered, 'header_altered'),
         (4, o.frameworks_altered, 'frameworks_altered'), (5, o.events_altered, 'events_altered'),
         (6, o.link_altered and o.chain_version > 1, 'link_altered'),
         (7, o.broken or o.link_altered and o.chain_version = 1, 'broken_link'),
         (8, o.chain_version > 1 and not exists (select from opsdeck_jobs.job_run r where r.id = o.run_id), 'run_missing')
       ) as p (place, found, problem)
       where p.found
      union all
      select a.id, null, 'not_in_chain'
        from compliance_audit a
       where a.id = any (array(select id from unlinked))
         and a.snapshot_data::text like '%"opsdeck_jobs":{"evaluator_version":%'
      union all
      select n.audit_id, n.started_at, case when o.audit_id is null then 'missing' else 'other_hash' end
        from named n left join ordered o on o.audit_id = n.audit_id
       where o.audit_id is null
          or (o.chain_version > 1 or n.hash is not null) and encode(o.chain_hash, 'hex') is distinct from n.hash
    )
    select t.total, t.removed, (select count(distinct id)::int from removed_change) as changes_removed, t.text_only, f.audit_id, f.taken_at, f.problem
      from (select count(*)::int as total, (count(*) filter (where removed))::int as removed,
                   (count(*) filter (where chain_version = 1))::int as text_only from ordered) t
      left join finding f on true
     order by f.audit_id, array_position(${[...chainProblems]}::text[], f.problem)`.execute(db);
  const read = rows.map((one) => row.parse(one));
  const findings = read.flatMap(({ audit_id: auditId, taken_at: takenAt, problem }): ChainFinding[] =>
    auditId === null || problem === null ? [] : [{ auditId, takenAt, problem }],
  );
  return {
    snapshots: read[0]?.total ?? 0,
    removed: read[0]?.removed ?? 0,
    changesRemoved: read[0]?.changes_removed ?? 0,
    textOnly: read[0]?.text_only ?? 0,
    findings,
    firstBroken: findings[0] ?? null,
  };
}
