import { sql } from 'kysely';
import { z } from 'zod';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { type FailOnLevel, failOnLevels } from '../../../src/job/fail-on-levels.ts';
import { type ChangeClass, changeClasses } from '../classify.ts';
import { type ControlStatus, controlStatuses } from '../status.ts';

/** One snapshot of the window. */
export interface TimelineSnapshot {
  readonly auditId: number;
  readonly takenAt: Date;
  readonly frameworks: readonly {
    readonly frameworkId: number;
    readonly frameworkName: string;
    /** null: the first of this framework; there was nothing to compare it with. */
    readonly previousAuditId: number | null;
    readonly controls: number;
    readonly status: Readonly<Record<ControlStatus, number>>;
  }[];
}

/** One change found by a snapshot of the window. */
export interface TimelineChange {
  readonly auditId: number;
  readonly detectedAt: Date;
  readonly frameworkId: number;
  readonly frameworkName: string;
  /** `framework_control.id`: an identifier may occur twice. */
  readonly controlKey: number;
  readonly controlId: string;
  readonly controlName: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly class: ChangeClass;
  readonly severity: FailOnLevel | null;
  readonly cause: string;
  readonly flapping: boolean;
}

/** What was recorded in the window, oldest first. */
export interface DriftTimeline {
  readonly snapshots: readonly TimelineSnapshot[];
  readonly changes: readonly TimelineChange[];
  /** The newest snapshot there is, inside the window or before it; null: none. */
  readonly lastSnapshotAt: Date | null;
}

/** What the report is about, besides what was recorded. */
export interface ReportScope {
  /** The database's label. */
  readonly database: string;
  /** The business zone: days and times are shown in it. */
  readonly zone: string;
  readonly days: number;
  /** The period: `last 30 days`, or `2026-10-01 to 2026-10-31`. */
  readonly period: string;
  readonly from: Date;
  readonly to: Date;
  readonly framework: { readonly id: number; readonly name: string } | null;
}

export interface TimelineWindow {
  /** Snapshots taken from this instant on, … */
  readonly from: Date;
  /** … up to and including this one. */
  readonly to: Date;
  /** Only this framework; null: all. */
  readonly frameworkId: number | null;
}

const snapshotRow = z.object({
  audit_id: z.int(),
  taken_at: z.date(),
  frameworks: z.array(
    z.object({
      id: z.int(),
      name: z.string(),
      previous: z.int().nullable(),
      controls: z.int(),
      status: z.record(z.enum(controlStatuses), z.int()),
    }),
  ),
});

const changeRow = z.object({
  audit_id: z.int(),
  detected_at: z.date(),
  framework_id: z.int(),
  framework_name: z.string(),
  framework_control_id: z.int(),
  control_id: z.string(),
  control_name: z.string(),
  from_status: z.string().nullable(),
  to_status: z.string().nullable(),
  class: z.enum(changeClasses),
  severity: z.enum(failOnLevels).nullable(),
  cause: z.string(),
  flapping: z.boolean(),
});

/** What the snapshots of a window recorded, oldest first: three statements, whatever the length of the window. */
export async function driftTimeline(db: OpenDatabase['db'], window: TimelineWindow): Promise<DriftTimeline> {
  const from = sql`${window.from.toISOString()}::timestamptz`;
  const to = sql`${window.to.toISOString()}::timestamptz`;
  const ofFramework = sql`(${window.frameworkId}::int is null or f.framework_id = ${window.frameworkId}::int)`;
  const snapshots = await sql`
    select s.audit_id, s.taken_at,
           json_agg(json_build_object('id', f.framework_id, 'name', f.framework_name, 'previous', f.previous_audit_id,
                                      'controls', f.controls, 'status', f.status)
                    order by f.framework_name, f.framework_id) as frameworks
      from opsdeck_jobs.drift_snapshot s
      join opsdeck_jobs.drift_snapshot_framework f on f.audit_id = s.audit_id
     where s.taken_at between ${from} and ${to} and ${ofFramework}
     group by s.audit_id order by s.audit_id`.execute(db);
  const changes = await sql`
    select f.audit_id, f.detected_at, f.framework_id, f.framework_name, f.framework_control_id, f.control_id, f.control_name, f.from_status, f.to_status,
           f.class, f.severity, f.cause, f.flapping
      from opsdeck_jobs.drift_event f
      join opsdeck_jobs.drift_snapshot s on s.audit_id = f.audit_id
     where s.taken_at between ${from} and ${to} and ${ofFramework}
     order by f.audit_id, f.framework_name, f.framework_id, f.control_id, f.framework_control_id, f.class`.execute(
    db,
  );
  const last = await sql<{ taken_at: Date | null }>`
    select max(s.taken_at) as taken_at
      from opsdeck_jobs.drift_snapshot s
     where s.taken_at <= ${to}
       and exists (select from opsdeck_jobs.drift_snapshot_framework f where f.audit_id = s.audit_id and ${ofFramework})`.execute(
    db,
  );
  return {
    snapshots: snapshots.rows.map(toSnapshot),
    changes: changes.rows.map(toChange),
    lastSnapshotAt: last.rows[0]?.taken_at ?? null,
  };
}

/** The frameworks that any snapshot has recorded, with their newest name; by id. */
export async function recordedFrameworks(
  db: OpenDatabase['db'],
): Promise<{ readonly id: number; readonly name: string }[]> {
  const { rows } = await sql<{ id: number; name: string }>`
    select distinct on (framework_id) framework_id as id, framework_name as name
      from opsdeck_jobs.drift_snapshot_framework order by framework_id, audit_id desc`.execute(db);
  return rows;
}

function toSnapshot(row: unknown): TimelineSnapshot {
  const read = snapshotRow.parse(row);
  return {
    auditId: read.audit_id,
    takenAt: read.taken_at,
    frameworks: read.frameworks.map((one) => ({
      frameworkId: one.id,
      frameworkName: one.name,
      previousAuditId: one.previous,
      controls: one.controls,
      status: one.status,
    })),
  };
}

function toChange(row: unknown): TimelineChange {
  const read = changeRow.parse(row);
  return {
    auditId: read.audit_id,
    detectedAt: read.detected_at,
    frameworkId: read.framework_id,
    frameworkName: read.framework_name,
    controlKey: read.framework_control_id,
    controlId: read.control_id,
    controlName: read.control_name,
    from: read.from_status,
    to: read.to_status,
    class: read.class,
    severity: read.severity,
    cause: read.cause,
    flapping: read.flapping,
  };
}
