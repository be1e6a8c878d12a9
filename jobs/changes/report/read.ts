import { type Kysely, sql } from 'kysely';
import type { Period } from '../../../src/cli/runs/read-period.ts';
import type { Database } from '../../../src/db/tables.ts';
import { type Decision, listSwitches } from '../../../src/job/action-history.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import { type RecordedRuleChange, recordedRuleChanges } from '../../compliance-drift/report/rule-changes.ts';
import { type DueChange, recordedDueChanges } from '../../uar/due/due-changes.ts';
import { type HostDifference, hostDifferences, type SettingChange, settingChanges } from './settings.ts';
import { readSteps, readStretches, recordedSince } from './steps.sql.ts';

/** What changed in the monitoring itself in a period, oldest first. */
export interface MonitoringChanges {
  readonly period: Period;
  /** The first run with settings that is still there; null: none. */
  readonly recordedSince: Date | null;
  readonly settings: readonly SettingChange[];
  readonly hosts: readonly HostDifference[];
  /** Jobs and notifications that somebody switched on or off. */
  readonly decisions: readonly Decision[];
  readonly rules: readonly RecordedRuleChange[];
  /** Due dates of findings of access reviews. */
  readonly due: readonly DueChange[];
}

/** Seven statements. */
export async function readChanges(db: Kysely<Database>, period: Period): Promise<MonitoringChanges> {
  const steps = await readSteps(db, period);
  const stretches = await readStretches(db, period);
  const contents = await readContents(db, [
    ...steps.flatMap((step) => [step.hash, step.hash_before]),
    ...stretches.map(({ hash }) => hash),
  ]);
  return {
    period,
    recordedSince: await recordedSince(db),
    settings: settingChanges(steps, contents),
    hosts: hostDifferences(stretches, contents),
    decisions: await listSwitches(db, period),
    rules: await recordedRuleChanges(db, period),
    due: await recordedDueChanges(db, period),
  };
}

async function readContents(
  db: Kysely<Database>,
  hashes: readonly string[],
): Promise<ReadonlyMap<string, JsonObject>> {
  const { rows } = await sql<{ hash: string; content: JsonObject }>`
    select hash, content from opsdeck_jobs.run_settings where hash = any (${[...new Set(hashes)]}::text[])
       -- An erasure left nothing of it.
       and content::text <> '{}'`.execute(db);
  return new Map(rows.map(({ hash, content }) => [hash, content]));
}
