import { z } from 'zod';
import { type ComparisonSettings, comparisonSettings } from './compare/settings.ts';
import type { FieldMapping } from './compare/spec.ts';
import { type ReviewSchedule, readSchedule } from './schedule.ts';
import { ownSourceTypes } from './sources/source-configs.ts';

/**
 * A row of `uar_comparison`, as it is stored, with what we keep of it. Times are instants. In place of the list of a JSON source, which
 * is in its configuration, stands a word.
 */
export const comparisonRow = z.object({
  id: z.int(),
  name: z.string(),
  source_a_type: z.string(),
  source_a_config: z.json(),
  source_b_type: z.string(),
  source_b_config: z.json(),
  key_field_a: z.string(),
  key_field_b: z.string(),
  field_mappings: z.json(),
  schedule_type: z.string().nullable(),
  schedule_config: z.json(),
  alert_on_left_only: z.boolean().nullable(),
  alert_on_right_only: z.boolean().nullable(),
  alert_on_mismatches: z.boolean().nullable(),
  min_findings_threshold: z.int().nullable(),
  notification_channels: z.json(),
  notification_recipients: z.json(),
  auto_create_incidents: z.boolean().nullable(),
  auto_incident_severity: z.string().nullable(),
  settings: z.json(),
  adopted_at: z.coerce.date().nullable(),
});
export type ComparisonRow = z.output<typeof comparisonRow>;

/** A comparison whose configuration was read and found good. NULL is what OpsDeck fills in. */
export interface Comparison {
  readonly row: ComparisonRow;
  readonly mappings: readonly FieldMapping[];
  readonly settings: ComparisonSettings;
}

/** A comparison cannot be executed as it is configured; one sentence for people. */
export class MisconfiguredComparison extends Error {
  override readonly name = 'MisconfiguredComparison';
}

const field = z.string().min(1);
const fieldMappings = z.array(z.looseObject({ field_a: field, field_b: field })).nullable();

/** @throws MisconfiguredComparison */
export function readComparison(row: ComparisonRow): Comparison {
  const schedule = readSchedule(row.schedule_type, row.schedule_config);
  if ('problem' in schedule)
    throw new MisconfiguredComparison(`The comparison cannot be scheduled: ${schedule.problem}.`);
  const mappings = fieldMappings.safeParse(row.field_mappings);
  if (!mappings.success) {
    throw new MisconfiguredComparison(
      `Its field_mappings are not a list of {field_a, field_b}: ${describe(mappings.error)}.`,
    );
  }
  const settings = comparisonSettings.safeParse(row.settings ?? {});
  if (!settings.success) {
    throw new MisconfiguredComparison(`Its settings are wrong: ${describe(settings.error)}.`);
  }
  const pairs = (mappings.data ?? []).map(({ field_a, field_b }) => ({ field_a, field_b }));
  return { row, mappings: pairs, settings: settings.data };
}

function describe({ issues }: z.ZodError): string {
  return issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`))
    .join('; ');
}

/** Its schedule is kept by us: OpsDeck does not know one of its source types, and would fail. */
export function isOurs(row: Pick<ComparisonRow, 'source_a_type' | 'source_b_type'>): boolean {
  const ours: readonly string[] = ownSourceTypes;
  return ours.includes(row.source_a_type) || ours.includes(row.source_b_type);
}

/** null: the schedule cannot be read. */
export function scheduleOf(
  row: Pick<ComparisonRow, 'schedule_type' | 'schedule_config'>,
): ReviewSchedule | null {
  const read = readSchedule(row.schedule_type, row.schedule_config);
  return 'problem' in read ? null : read.schedule;
}
