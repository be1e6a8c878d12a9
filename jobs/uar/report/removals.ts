import type { Kysely } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { ReportBlock } from '../../../src/job/report.ts';
import { inBatches } from '../../../src/text/batches.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { type Removal, readRemovals } from '../population/removal.sql.ts';
import type { Review, ReviewFinding } from './review.ts';

/** A finding with what became of its access; null: it is about no account that B alone has, or no population has it. */
export type ReportedFinding = ReviewFinding & { readonly removal: Removal | null };

const atOnce = 500;

function isAccess({ type }: ReviewFinding): boolean {
  return type === 'Right Only (B)' || type === 'No Key (B)';
}

/** Whether the accounts are still there, as of now. One statement for each few hundred findings. */
export async function* withRemovals(
  db: Kysely<Database>,
  { comparison_id: comparisonId }: Review,
  findings: AsyncIterable<ReviewFinding>,
): AsyncGenerator<ReportedFinding> {
  for await (const batch of inBatches(findings, atOnce)) {
    const accesses = batch.filter(isAccess);
    const known = await readRemovals(
      db,
      accesses.map(({ key, type }) => ({ comparisonId, key, withoutKey: type === 'No Key (B)' })),
    );
    const places = new Map(accesses.map((finding, place) => [finding, place]));
    for (const finding of batch) {
      const place = places.get(finding);
      yield { ...finding, removal: place === undefined ? null : (known.get(place) ?? null) };
    }
  }
}

const words = {
  present: 'still there',
  removed: 'removed',
  open: 'open: source or filter changed',
} as const satisfies Record<Removal['state'], string>;

/** Accesses that were resolved, or are not there any more. */
export function removalTable(findings: readonly ReportedFinding[], zone: string): readonly ReportBlock[] {
  const shown = findings.flatMap(({ id, key, decision, removal }) => {
    if (removal === null) return [];
    const resolvedAt = decision?.decision === 'resolved' ? decision.at : null;
    if (removal.state === 'present' && resolvedAt === null) return [];
    const at = (instant: Date | null) => (instant === null ? '-' : wallClock(instant, zone));
    const tone = removal.state === 'removed' ? 'good' : removal.state === 'present' ? 'bad' : 'notice';
    return [
      [
        ...[String(id), key, { text: words[removal.state], tone } as const],
        ...[at(resolvedAt), at(removal.last_seen_at), at(removal.first_absent_at)],
      ],
    ];
  });
  if (shown.length === 0) return [];
  return [
    { kind: 'heading', text: 'Removal of access' },
    {
      kind: 'table',
      columns: ['Number', 'Key', 'Access', 'Resolved', 'Last seen', 'First absent'],
      rows: shown,
    },
  ];
}
