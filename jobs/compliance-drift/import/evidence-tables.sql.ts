import { type RawBuilder, sql } from 'kysely';
import type { EvidenceKind } from '../rules/evidence-words.ts';

/*
 * Where each kind of evidence of `import evidence` goes. In every fragment `s` is the staged row, `e` a row of the table, `p` what the
 * row belongs to, and `m` the staged row with what was found about it: `m.at` is the day performed, as OpsDeck stores times.
 *
 * OpsDeck dates maintenance, on- and offboardings and risk assessments by `created_at`; so that is when they were performed, and when
 * they were recorded is in `opsdeck_jobs.evidence_entry`.
 */

export interface EvidenceTable {
  readonly model: EvidenceKind;
  readonly table: string;
  /** The longest name and status that it holds. */
  readonly longest: { readonly name: number; readonly status: number };
  /** What `name` names: the thing that a row belongs to, found by `match`; one that is missing is created by `create`, or refused. */
  readonly parent?: {
    readonly table: string;
    readonly one: string;
    readonly many: string;
    readonly match: RawBuilder<boolean>;
    readonly create?: Readonly<Record<string, RawBuilder<unknown>>>;
  };
  /** Whether a row is the one of the file: the same name and day. */
  readonly match: RawBuilder<boolean>;
  /** The day on which `e` was performed is read from this column: a date, or a time of OpsDeck. */
  readonly performed: { readonly column: RawBuilder<unknown>; readonly type: 'date' | 'timestamp' };
  /** Of a new row. */
  readonly values: Readonly<Record<string, RawBuilder<unknown>>>;
  /** Those of them that a corrected row changes: the status, and who performed it where there is a column for that. */
  readonly person?: string;
}

const status = sql`m.status`;
const at = sql`m.at`;
const day = sql`m.performed`;
const name = sql`m.name`;
const who = sql`m.user_id`;
const parent = sql`m.parent_id`;

export const evidenceTables = {
  campaign: {
    model: 'Campaign',
    table: 'campaign',
    longest: { name: 200, status: 20 },
    match: sql<boolean>`e.title = s.name`,
    performed: { column: sql`coalesce(e.processed_at, e.created_at)`, type: 'timestamp' },
    values: {
      ...{ title: name, subject: name, body_html: sql`''`, status, send_to_all: sql`false` },
      ...{ created_at: at, processed_at: at, created_by_id: who },
    },
    person: 'created_by_id',
  },
  maintenance: {
    model: 'MaintenanceLog',
    table: 'maintenance_log',
    longest: { name: 100, status: 50 },
    match: sql<boolean>`e.event_type = s.name`,
    performed: { column: sql`e.created_at`, type: 'timestamp' },
    values: {
      ...{ event_type: name, description: name, status, event_date: day },
      ...{ created_at: at, updated_at: at, assigned_to_id: who },
    },
    person: 'assigned_to_id',
  },
  recovery_test: {
    model: 'BCDRTestLog',
    table: 'bcdr_test_log',
    longest: { name: 255, status: 50 },
    parent: {
      ...{ table: 'bcdr_plan', one: 'recovery plan', many: 'recovery plans' },
      match: sql<boolean>`p.name = s.name`,
      create: {},
    },
    match: sql<boolean>`e.plan_id = p.id`,
    performed: { column: sql`e.test_date`, type: 'date' },
    values: { plan_id: parent, test_date: day, status, assignee_id: who },
    person: 'assignee_id',
  },
  onboarding: {
    model: 'OnboardingProcess',
    table: 'onboarding_process',
    longest: { name: 100, status: 50 },
    match: sql<boolean>`e.new_hire_name = s.name`,
    performed: { column: sql`e.created_at`, type: 'timestamp' },
    values: { new_hire_name: name, start_date: day, status, created_at: at, assigned_manager_id: who },
    person: 'assigned_manager_id',
  },
  offboarding: {
    model: 'OffboardingProcess',
    table: 'offboarding_process',
    longest: { name: 120, status: 50 },
    parent: {
      ...{ table: 'user', one: 'person', many: 'people' },
      match: sql<boolean>`lower(p.email) = lower(s.name) or p.name = s.name`,
    },
    match: sql<boolean>`e.user_id = p.id`,
    performed: { column: sql`e.created_at`, type: 'timestamp' },
    values: { user_id: parent, departure_date: day, status, created_at: at, manager_id: who },
    person: 'manager_id',
  },
  supplier_assessment: {
    model: 'SecurityAssessment',
    table: 'security_assessment',
    longest: { name: 100, status: 50 },
    parent: {
      ...{ table: 'supplier', one: 'supplier', many: 'suppliers' },
      match: sql<boolean>`p.name = s.name`,
      create: { is_archived: sql`false` },
    },
    match: sql<boolean>`e.supplier_id = p.id`,
    performed: { column: sql`e.assessment_date`, type: 'date' },
    values: { supplier_id: parent, assessment_date: day, status },
  },
  risk_assessment: {
    model: 'RiskAssessment',
    table: 'risk_assessment',
    longest: { name: 255, status: 50 },
    match: sql<boolean>`e.name = s.name`,
    performed: { column: sql`e.created_at`, type: 'timestamp' },
    values: { name, status, created_at: at, locked_at: sql`case when m.done then ${at} end` },
  },
} as const satisfies Readonly<Record<string, EvidenceTable>>;

export type EvidenceTableName = keyof typeof evidenceTables;
