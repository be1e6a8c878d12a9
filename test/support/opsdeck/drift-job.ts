import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { instantsOf } from '../../../src/time/local-time.ts';
import { evidenceFor } from './drift-evidence.ts';
import { readTables, type Tables } from './drift-tables.ts';

/*
 * What OpsDeck's own drift job does on Mondays at 09:00: it evaluates rule by rule, stores a snapshot, and compares it with the newest
 * one of the last 24 hours, whoever stored that. Written from what it was seen to do; the database's session is in UTC.
 */

export interface OpsdeckDrift {
  readonly control: string;
  readonly from: string;
  readonly to: string;
  readonly level: 'critical' | 'high' | 'medium' | 'low';
}

const snapshot = z.looseObject({
  frameworks: z.record(
    z.string(),
    z.looseObject({
      name: z.string(),
      stats: z.record(z.string(), z.int()),
      controls: z.record(z.string(), z.looseObject({ control_id: z.string(), status: z.string() })),
    }),
  ),
});
type OpsdeckSnapshot = z.output<typeof snapshot>;

/** Its own evaluation of every active framework. `zone`: the one of its settings. */
export async function evaluateInOpsdeck(
  db: Kysely<Database>,
  now: Date,
  zone: string,
): Promise<OpsdeckSnapshot['frameworks']> {
  const tables = await readTables(db);
  const frameworks: OpsdeckSnapshot['frameworks'] = {};
  for (const framework of tables.framework) {
    const controls: OpsdeckSnapshot['frameworks'][string]['controls'] = {};
    const stats = {
      total: 0,
      compliant: 0,
      warning: 0,
      non_compliant: 0,
      manual: 0,
      uncovered: 0,
      not_applicable: 0,
    };
    for (const control of tables.framework_control.filter((one) => one.framework_id === framework.id)) {
      const rules = tables.compliance_rule.filter(
        (one) => one.framework_control_id === control.id && one.enabled === true,
      );
      const linked = tables.compliance_link.some((one) => one.framework_control_id === control.id);
      const words = rules.map((rule) => wordOf(rule, tables, now, zone));
      const status = control.is_applicable
        ? words.length === 0
          ? linked
            ? 'manual'
            : 'uncovered'
          : worst(words)
        : 'not_applicable';
      stats.total += 1;
      stats[status] += 1;
      controls[String(control.id)] = { control_id: control.control_id, status };
    }
    frameworks[String(framework.id)] = { name: framework.name, stats, controls };
  }
  return frameworks;
}

type Word = 'compliant' | 'warning' | 'non_compliant' | 'unknown';

/** A rule that it cannot evaluate leaves the control uncovered, unless another is red or yellow. */
function worst(words: readonly Word[]): 'compliant' | 'warning' | 'non_compliant' | 'uncovered' {
  if (words.includes('non_compliant')) return 'non_compliant';
  if (words.includes('warning')) return 'warning';
  return words.every((word) => word === 'compliant') ? 'compliant' : 'uncovered';
}

function wordOf(rule: Tables['compliance_rule'][number], tables: Tables, now: Date, zone: string): Word {
  const found = evidenceFor(rule, tables);
  if (found === 'unknown') return 'unknown';
  if (found === null) return 'non_compliant';
  // Whatever the column has is the wall clock of OpsDeck's zone for it; a date is its midnight.
  const wall = new Date(`${found.replace(' ', 'T')}${found.length === 10 ? 'T00:00:00' : ''}Z`);
  const at = instantsOf(wall, zone).at(-1);
  if (at === undefined) throw new Error(`no such time in ${zone}: ${found}`);
  const days = Math.floor((now.getTime() - at.getTime()) / 86_400_000);
  if (days <= rule.frequency_days) return 'compliant';
  return days <= rule.frequency_days + rule.grace_period_days ? 'warning' : 'non_compliant';
}

/** One run of its job: what it would list as changed. */
export async function runDriftInOpsdeck(
  db: Kysely<Database>,
  now: Date,
  zone: string,
): Promise<readonly OpsdeckDrift[]> {
  const frameworks = await evaluateInOpsdeck(db, now, zone);
  const data = JSON.stringify({ timestamp: now.toISOString(), frameworks });
  const { rows } = await sql<{ previous: unknown }>`
    with stored as (
      insert into compliance_audit (status, audit_type, created_at, snapshot_data)
      values ('Planned', 'drift_snapshot', ${now.toISOString()}::timestamptz at time zone 'UTC', ${data}::json))
    select snapshot_data as previous from compliance_audit
     where audit_type = 'drift_snapshot'
       and created_at >= ${now.toISOString()}::timestamptz at time zone 'UTC' - interval '24 hours'
     order by created_at desc limit 1`.execute(db);
  return rows[0] === undefined ? [] : compare(snapshot.parse(rows[0].previous).frameworks, frameworks);
}

/** Its page of the last days: every snapshot with the one before. */
export async function driftTimelineInOpsdeck(
  db: Kysely<Database>,
  now: Date,
  days: number,
): Promise<readonly OpsdeckDrift[]> {
  const { rows } = await sql<{ snapshot_data: unknown }>`
    select snapshot_data from compliance_audit
     where audit_type = 'drift_snapshot'
       and created_at >= ${now.toISOString()}::timestamptz at time zone 'UTC' - make_interval(days => ${days})
     order by created_at`.execute(db);
  const all = rows.map((row) => snapshot.parse(row.snapshot_data).frameworks);
  return all.flatMap((one, place) => {
    const before = all[place - 1];
    return before === undefined ? [] : compare(before, one);
  });
}

const severity: Readonly<Record<string, number>> = {
  ...{ compliant: 0, manual: 1, warning: 2, non_compliant: 3, uncovered: 4 },
};

function compare(before: OpsdeckSnapshot['frameworks'], now: OpsdeckSnapshot['frameworks']): OpsdeckDrift[] {
  return Object.entries(now).flatMap(([framework, { controls }]) =>
    Object.entries(controls).flatMap(([id, { control_id, status }]): OpsdeckDrift[] => {
      const from = before[framework]?.controls[id]?.status;
      if (from === undefined || from === status) return [];
      const worse = (severity[status] ?? 99) > (severity[from] ?? 99);
      const level = status === 'non_compliant' ? 'critical' : status === 'warning' ? 'high' : 'medium';
      return [{ control: control_id, from, to: status, level: worse ? level : 'low' }];
    }),
  );
}
