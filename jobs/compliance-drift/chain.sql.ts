import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { RecordChain } from '../../src/record/parts.ts';
import { evaluatorVersion } from './evaluate.sql.ts';

/*
 * What the chain of the snapshots is over. The same expressions write a link and check it (verify-chain.ts), so nothing here is ever
 * changed: a change is a new chain version.
 *
 * Version 1: chain_hash = sha256(previous_hash || content_hash), the text of the snapshot alone.
 * Version 2: also the other columns of its `compliance_audit` row, the rows of its frameworks and of its events, and, by the link
 * itself, its number, run, time and evaluator version. Times are hashed in UTC: text and JSON of a `timestamptz` depend on the session.
 */

/** Of `compliance_audit`, beside the text of the snapshot. */
export const headerColumns: readonly string[] = [
  ...['id', 'name', 'status', 'outcome', 'start_date', 'end_date', 'created_at', 'locked_at'],
  ...['audit_type', 'framework_id', 'auditor_id', 'internal_lead_id'],
];

const hashOf = (parts: readonly RawBuilder<unknown>[]): RawBuilder<unknown> =>
  sql`sha256(convert_to(jsonb_build_array(${sql.join(parts)})::text, 'UTF8'))`;

const columnsOf = (alias: string, names: readonly string[]) =>
  names.map((name) => sql.ref(`${alias}.${name}`));

/** Of the row `a`. */
export const contentHash: RawBuilder<unknown> = sql`sha256(convert_to(a.snapshot_data::text, 'UTF8'))`;
export const headerHash: RawBuilder<unknown> = hashOf(columnsOf('a', headerColumns));

/** Over all rows `f` of `drift_snapshot_framework` of a snapshot. */
export const frameworkHash: RawBuilder<unknown> = sql`sha256(coalesce(string_agg(${hashOf(
  columnsOf('f', ['framework_id', 'framework_name', 'previous_audit_id', 'controls', 'status']),
)}, ''::bytea order by f.framework_id), ''::bytea))`;

/** Of one row `e` of `drift_event`. */
export const changeHash: RawBuilder<unknown> = hashOf([
  ...columnsOf('e', ['id', 'framework_id', 'framework_name', 'framework_control_id', 'control_id']),
  ...columnsOf('e', ['control_name', 'from_status', 'to_status', 'class', 'severity', 'cause', 'detail']),
  ...columnsOf('e', ['flapping']),
  sql`e.detected_at at time zone 'UTC'`,
]);

/** Over the {@link changeHash} of all rows `e` of `drift_event` of a snapshot. */
export const eventHashOver = (hash: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`sha256(coalesce(string_agg(${hash}, ''::bytea order by e.id), ''::bytea))`;

/** Of the link `s`, from what it has stored. */
export const chainHash: RawBuilder<unknown> = sql`
  case s.chain_version
    when 1 then sha256(s.previous_hash || s.content_hash)
    else ${hashOf([
      ...columnsOf('s', ['chain_version', 'audit_id', 'run_id', 'evaluator_version']),
      sql`s.taken_at at time zone 'UTC'`,
      ...columnsOf('s', ['previous_hash', 'content_hash', 'header_hash', 'framework_hash', 'event_hash']).map(
        (hash) => sql`encode(${hash}, 'hex')`,
      ),
    ])} end`;

/** For the record heads. Links are never removed, so that the nth stays the nth. */
export const driftChain: RecordChain = {
  name: 'drift',
  links: sql`select row_number() over (order by audit_id) as number, encode(chain_hash, 'hex') as hash from opsdeck_jobs.drift_snapshot`,
};

/** What the first link follows. */
export const noLink: RawBuilder<unknown> = sql`decode(repeat('00', 32), 'hex')`;

/**
 * The last statement of a snapshot: its link, over what the transaction has stored of it. Gives its chain hash, hexadecimal.
 * The guarantee is the unique hash of the one before: two at the same moment cannot both commit.
 */
export async function linkSnapshot(
  trx: Transaction<Database>,
  { auditId, runId, takenAt }: { readonly auditId: number; readonly runId: string; readonly takenAt: Date },
): Promise<string> {
  const { rows } = await sql<{ hash: string }>`
    insert into opsdeck_jobs.drift_snapshot
      (audit_id, run_id, taken_at, evaluator_version, chain_version, content_hash, header_hash, framework_hash, event_hash,
       previous_hash, chain_hash)
    select s.*, ${chainHash}
      from (select a.id as audit_id, ${runId}::uuid as run_id, ${takenAt.toISOString()}::timestamptz as taken_at,
                   ${sql.lit(evaluatorVersion)}::integer as evaluator_version, 2::smallint as chain_version,
                   ${contentHash} as content_hash, ${headerHash} as header_hash,
                   (select ${frameworkHash} from opsdeck_jobs.drift_snapshot_framework f where f.audit_id = a.id) as framework_hash,
                   (select ${eventHashOver(changeHash)} from opsdeck_jobs.drift_event e where e.audit_id = a.id) as event_hash,
                   coalesce((select chain_hash from opsdeck_jobs.drift_snapshot order by audit_id desc limit 1),
                            ${noLink}) as previous_hash
              from compliance_audit a where a.id = ${auditId}::int
            -- Each hash is computed once.
            offset 0) s
    returning encode(chain_hash, 'hex') as hash`.execute(trx);
  const [row] = rows;
  if (row === undefined) throw new Error(`the snapshot ${auditId} is not there to be linked`);
  return row.hash;
}
