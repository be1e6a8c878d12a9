import type { Day } from '../../../src/time/day.ts';
import type { EvidenceDetail } from './evidence-details.sql.ts';

/** Who entered a record of evidence, and when: as every JSON document has it. */
export function entryFields(detail: EvidenceDetail | undefined) {
  return {
    recorded_at: detail?.recordedAt?.toISOString() ?? null,
    by: detail?.by ?? null,
    recorded_by: detail?.recordedBy ?? null,
  };
}

/** The evidence of a rule as it is now. */
export function evidenceFields(
  evidence: { readonly id: number; readonly day: Day; readonly daysSince: number },
  detail: EvidenceDetail | undefined,
) {
  return {
    id: evidence.id,
    date: evidence.day,
    days_since: evidence.daysSince,
    what: detail?.what ?? null,
    performed: detail?.performed ?? null,
    ...entryFields(detail),
  };
}

/** The columns of CSV that {@link entryCells} fills. */
export const entryColumns = ['recorded_at', 'by', 'recorded_by'] as const;

export function entryCells(detail: EvidenceDetail | undefined): readonly string[] {
  const fields = entryFields(detail);
  return entryColumns.map((name) => fields[name] ?? '');
}

/** Who performed it, else who recorded it. */
export function personOf(detail: EvidenceDetail | undefined): string {
  return detail?.by ?? detail?.recordedBy ?? '-';
}
