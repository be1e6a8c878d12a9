import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { ruleStates } from '../rule-state.ts';
import { type ControlStatus, controlStatuses } from '../status.ts';
import { type Attestation, attestation, attestationInFull } from './attestation.ts';
import type { EvidenceReference } from './evidence-details.sql.ts';

const row = z.object({
  audit_id: z.int(),
  control_pk: z.int(),
  taken_at: z.date(),
  /** What stands there now is not what was stored. */
  altered: z.boolean(),
  framework: z.string(),
  control_id: z.string(),
  name: z.string(),
  status: z.enum(controlStatuses),
  rules: ruleStates,
  attestation: attestation.nullable(),
});

/** The rule of a snapshot that decided, with its evidence on that day. */
interface RecordedRule {
  readonly name: string;
  readonly evidence: (EvidenceReference & { readonly date: string }) | null;
  /** null: a snapshot of an earlier version did not store it. */
  readonly limit: { readonly frequencyDays: number; readonly graceDays: number } | null;
  readonly reason: string | null;
}

/** A control as the snapshot has it that was valid on a day. */
export interface RecordedControl {
  /** `framework_control.id`. */
  readonly id: number;
  readonly snapshotId: number;
  readonly takenAt: Date;
  readonly framework: string;
  readonly controlId: string;
  readonly name: string;
  readonly status: ControlStatus;
  /** null: no rule was evaluated. */
  readonly rule: RecordedRule | null;
  /** The one that counted then; null: rules decided, or nobody had attested. */
  readonly attestation: Attestation | null;
}

/** A snapshot that was valid but is not read. */
export interface UnreadSnapshot {
  readonly framework: string;
  readonly snapshotId: number;
}

/**
 * Every control as it was at the end of a day: of each framework the newest snapshot that was taken until then. One statement. A
 * snapshot whose text is not what was stored is named, and nothing is read from it.
 */
export async function readSnapshotControls(
  db: Kysely<Database>,
  until: Date,
  frameworkId: number | null,
): Promise<{ readonly controls: readonly RecordedControl[]; readonly unread: readonly UnreadSnapshot[] }> {
  const { rows } = await sql<Record<string, unknown>>`
    with whole_check as materialized (
      select s.audit_id
        from opsdeck_jobs.drift_snapshot s left join opsdeck_jobs.job_run r on r.id = s.run_id
       where s.taken_at <= ${until.toISOString()}::timestamptz and (r.params is null or not r.params ? 'framework')
       order by s.audit_id desc limit 1
    ),
    chosen as materialized (
      select distinct on (f.framework_id) f.framework_id, f.framework_name, f.audit_id, s.taken_at, s.content_hash
        from opsdeck_jobs.drift_snapshot_framework f
        join opsdeck_jobs.drift_snapshot s on s.audit_id = f.audit_id
       where s.taken_at <= ${until.toISOString()}::timestamptz
         and (${frameworkId}::integer is null or f.framework_id = ${frameworkId}::integer)
         -- What the last check of all frameworks did not have was no longer evaluated.
         and f.audit_id >= coalesce((select audit_id from whole_check), 0)
       order by f.framework_id, f.audit_id desc
    ),
    -- By id, before anything is parsed.
    body as materialized (
      select a.id as audit_id, a.snapshot_data, sha256(convert_to(a.snapshot_data::text, 'UTF8')) as content_hash
        from compliance_audit a where a.id = any (array(select audit_id from chosen))
    ),
    entry as materialized (
      select b.audit_id, c.key::integer as control_pk, c.value::jsonb as state
        from body b
        join (select distinct audit_id, content_hash from chosen) h on h.audit_id = b.audit_id and h.content_hash = b.content_hash
       cross join lateral json_each(b.snapshot_data #> '{opsdeck_jobs,controls}') c
    )
    select c.audit_id, c.taken_at, c.framework_name as framework,
           b.content_hash is distinct from c.content_hash as altered,
           coalesce(e.control_pk, 0) as control_pk, coalesce(e.state ->> 'control_id', '') as control_id, coalesce(e.state ->> 'name', '') as name,
           coalesce(e.state ->> 'status', 'unknown') as status, coalesce(e.state -> 'rules', '[]') as rules,
           case when e.state ? 'attestation' then ${attestationInFull(sql`(e.state -> 'attestation')`)} end as attestation
      from chosen c
      left join body b on b.audit_id = c.audit_id
      left join entry e on e.audit_id = c.audit_id and (e.state ->> 'framework')::integer = c.framework_id
     where e.state is not null or b.content_hash is distinct from c.content_hash`.execute(db);
  const read = rows.map((one) => row.parse(one));
  return {
    controls: read.filter((one) => !one.altered).map(toControl),
    unread: read
      .filter((one) => one.altered)
      .map((one) => ({ framework: one.framework, snapshotId: one.audit_id })),
  };
}

function toControl(read: z.output<typeof row>): RecordedControl {
  const evaluated = read.rules.filter((rule) => rule.status !== undefined);
  const deciding =
    evaluated.find((rule) => rule.status === read.status) ??
    evaluated.find((rule) => rule.status === 'unknown');
  return {
    id: read.control_pk,
    attestation: read.attestation,
    snapshotId: read.audit_id,
    takenAt: read.taken_at,
    framework: read.framework,
    controlId: read.control_id,
    name: read.name,
    status: read.status,
    rule:
      deciding === undefined
        ? null
        : {
            name: deciding.name,
            evidence: deciding.evidence ?? null,
            limit:
              deciding.asks === undefined
                ? null
                : {
                    frequencyDays: deciding.asks.frequency_days,
                    graceDays: deciding.asks.grace_period_days,
                  },
            reason: deciding.reason ?? null,
          },
  };
}
