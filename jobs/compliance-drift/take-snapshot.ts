import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../src/db/tables.ts';
import { type ComparedScope, comparison } from './compare.sql.ts';
import { type DecidingRule, decidingRuleRow } from './controls/deciding-rule.ts';
import { type EvaluationScope, evaluation } from './evaluate.sql.ts';
import { lostFrameworks } from './previous.sql.ts';
import {
  type AttestationState,
  attestationState,
  type ControlState,
  type Difference,
  type RuleState,
  ruleStates,
} from './rule-state.ts';
import { failingControls, frameworkCounts, storedSnapshot } from './snapshot.sql.ts';
import { type ControlStatus, controlStatuses } from './status.ts';

const frameworkRow = z.object({
  audit_id: z.int().nullable(),
  framework_id: z.int(),
  framework_name: z.string(),
  previous_audit_id: z.int().nullable(),
  previous_version: z.int().nullable(),
  skipped: z.int(),
  controls: z.int(),
  status: z.record(z.enum(controlStatuses), z.int()),
  /** Status words on neither list, each with the newest row that has it. */
  unread: z.array(z.object({ model: z.string(), word: z.string(), id: z.int() })),
  problems: z.array(
    z.object({ control_id: z.string(), control_key: z.int(), name: z.string(), rules: ruleStates }),
  ),
});
/** What a run found in one framework. `skipped`: newer snapshots that were passed over because they are not what was stored. */
export type FrameworkCount = z.output<typeof frameworkRow>;

const lostRow = z.object({
  framework_id: z.int(),
  framework_name: z.string(),
  audit_id: z.int(),
  controls: z.int(),
  status: z.record(z.enum(controlStatuses), z.int()),
  cause: z.enum(['framework_switched_off', 'framework_deleted', 'framework_recreated']),
});
/** A framework that the check of all frameworks before had, with what that check counted; `audit_id` is its last snapshot. */
export type LostFramework = z.output<typeof lostRow>;

const failingRow = z.object({
  framework_name: z.string(),
  control_id: z.string(),
  name: z.string(),
  status: z.enum(['non_compliant', 'warning']),
  rule: decidingRuleRow.nullable(),
  attestation: attestationState.nullable(),
});
/** A control that fails now, with the rule or the attestation that decides it. */
export interface FailingControl {
  readonly framework_name: string;
  readonly control_id: string;
  readonly name: string;
  readonly status: 'non_compliant' | 'warning';
  readonly rule: DecidingRule | null;
  readonly attestation: AttestationState | null;
}

const status = z.enum(controlStatuses);
const differenceRow = z.object({
  previous_version: z.int().nullable(),
  framework_id: z.int(),
  framework_name: z.string(),
  control_pk: z.int(),
  control_id: z.string(),
  control_name: z.string(),
  before_status: status.nullable(),
  known_status: status.exclude(['not_applicable', 'unknown']).nullable(),
  status: status.nullable(),
  before_rules: ruleStates.nullable(),
  known_rules: ruleStates.nullable(),
  rules: ruleStates.nullable(),
  before_attestation: attestationState.nullable(),
  attestation: attestationState.nullable(),
  earlier_changes: z.int(),
  deciding: decidingRuleRow.nullable(),
});

export interface Snapshot {
  readonly counts: readonly FrameworkCount[];
  readonly lost: readonly LostFramework[];
  /** The first of them, worst first. */
  readonly failing: readonly FailingControl[];
  /** Each is read when its turn comes: all of them at once could be more than what they lead to. */
  differences(): Iterable<Difference>;
}

/**
 * Evaluates, compares and, unless it is a dry run, stores: one statement, so that all of it sees one moment of the database. Only the
 * counts and the controls that changed leave the database.
 */
export async function takeSnapshot(
  trx: Transaction<Database>,
  scope: ComparedScope,
  run: { readonly runId: string; readonly dryRun: boolean },
): Promise<Snapshot> {
  const storing = run.dryRun
    ? sql`link as (select null::int as id)`
    : storedSnapshot({ runId: run.runId, takenAt: scope.now, zones: scope.zones });
  const { rows } = await sql<{ kind: 'framework' | 'lost' | 'failing' | 'difference'; content: string }>`
    with ${comparison(scope)},
    ${lostFrameworks(scope.frameworkId)},
    ${frameworkCounts},
    ${failingControls},
    ${storing}
    select 'framework' as kind, row_to_json(f)::text as content
      from (select l.id as audit_id, c.* from counted c left join link l on true order by c.framework_id) f
    union all
    select 'lost', row_to_json(l)::text from lost l
    union all
    (select 'failing', row_to_json(f)::text from failing f order by place)
    union all
    select 'difference', row_to_json(d)::text
      from (select c.*, r.rule as deciding from difference c left join decisive r on r.control_pk = c.control_pk) d`.execute(
    trx,
  );
  return {
    counts: rows
      .filter((row) => row.kind === 'framework')
      .map((row) => frameworkRow.parse(JSON.parse(row.content))),
    lost: rows.filter((row) => row.kind === 'lost').map((row) => lostRow.parse(JSON.parse(row.content))),
    failing: rows
      .filter((row) => row.kind === 'failing')
      .map((row) => failingRow.parse(JSON.parse(row.content))),
    *differences() {
      for (const row of rows) if (row.kind === 'difference') yield toDifference(JSON.parse(row.content));
    },
  };
}

function toDifference(row: unknown): Difference {
  const read = differenceRow.parse(row);
  return {
    frameworkId: read.framework_id,
    frameworkName: read.framework_name,
    controlKey: read.control_pk,
    controlId: read.control_id,
    controlName: read.control_name,
    before: state(read.before_status, read.before_rules, read.before_attestation),
    known: read.known_status === null ? null : { status: read.known_status, rules: read.known_rules ?? [] },
    after: state(read.status, read.rules, read.attestation),
    evaluatorBefore: read.previous_version,
    earlierChanges: read.earlier_changes,
    deciding: read.deciding,
  };
}

function state(
  of: ControlStatus | null,
  rules: readonly RuleState[] | null,
  attestation: AttestationState | null,
): ControlState | null {
  if (of === null) return null;
  return { status: of, rules: rules ?? [], ...(attestation === null ? {} : { attestation }) };
}

/**
 * What controls come to now by the rules of an earlier evaluator, by `framework_control.id`: one statement. Only asked for in the first
 * run of a new version.
 */
export async function statusesBy(
  trx: Transaction<Database>,
  scope: EvaluationScope,
  controls: readonly number[],
): Promise<ReadonlyMap<number, ControlStatus>> {
  const { rows } = await sql<{ control_pk: number; status: ControlStatus }>`
    with ${evaluation(scope)}
    select control_pk, status from control where control_pk = any (${controls}::int[])`.execute(trx);
  return new Map(rows.map((row) => [row.control_pk, status.parse(row.status)]));
}
