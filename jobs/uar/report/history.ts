import { type Kysely, sql } from 'kysely';
import { withEnteredBy } from '../../../src/decisions/entered-by.ts';
import type { Database } from '../../../src/db/tables.ts';
import type { ReportBlock } from '../../../src/job/report.ts';
import { inBatches } from '../../../src/text/batches.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { opsdeckChanges } from '../desk/opsdeck-journal.sql.ts';
import type { ReportedFinding } from './removals.ts';
import type { ReviewFinding } from './review.ts';

/** A decision about a finding, whether it counts or not; `open`: the finding was opened again on OpsDeck's pages. */
export interface PastDecision {
  readonly decision: string;
  readonly note: string | null;
  readonly actor: string;
  readonly entered_by: string | null;
  readonly at: Date;
  readonly source: 'opsdeck-jobs' | 'opsdeck';
  /**
   * `counts`: what the report has of the finding. `superseded`: a later decision, or a finding that was opened again, replaced it.
   * `after_sign_off`: it is no part of what was signed.
   */
  readonly standing: 'counts' | 'superseded' | 'after_sign_off';
}

export type FindingWithHistory = ReportedFinding & { readonly history: readonly PastDecision[] };

const atOnce = 500;

type OwnRow = Omit<PastDecision, 'standing' | 'source'> & { readonly finding_id: number };

/** Every decision about the findings, oldest first. Two statements for each few hundred findings. */
export async function* withHistory(
  db: Kysely<Database>,
  findings: AsyncIterable<ReportedFinding>,
  { zones, signedAt }: { readonly zones: Zones; readonly signedAt: Date | null },
): AsyncGenerator<FindingWithHistory> {
  for await (const batch of inBatches(findings, atOnce)) {
    const { rows } = await sql<OwnRow>`
      select finding_id, decision, note, actor, entered_by, at from opsdeck_jobs.uar_decision
       where finding_id = any (${batch.map(({ id }) => id)}::integer[]) order by id`.execute(db);
    const theirs = await opsdeckChanges(
      db,
      batch.map(({ id, status }) => ({ id, since: null, status })),
      { zones, until: null },
    );
    const all = [
      ...rows.map((row) => ({ ...row, source: 'opsdeck-jobs' as const })),
      ...theirs.flatMap(({ decision, finding_id, actor, at }) =>
        decision === null
          ? []
          : [{ finding_id, decision, note: null, actor, entered_by: null, at, source: 'opsdeck' as const }],
      ),
    ].toSorted((one, other) => one.at.getTime() - other.at.getTime());
    const byFinding = new Map<number, (typeof all)[number][]>();
    for (const one of all) byFinding.set(one.finding_id, [...(byFinding.get(one.finding_id) ?? []), one]);
    for (const finding of batch) {
      const history = (byFinding.get(finding.id) ?? []).map(({ finding_id: _, ...one }) => ({
        ...one,
        standing: standingOf(one, finding, signedAt),
      }));
      yield { ...finding, history };
    }
  }
}

function standingOf(
  { at, source }: Pick<PastDecision, 'at' | 'source'>,
  { decision }: ReviewFinding,
  signedAt: Date | null,
): PastDecision['standing'] {
  if (signedAt !== null && at > signedAt) return 'after_sign_off';
  return decision?.source === source && decision.at?.getTime() === at.getTime() ? 'counts' : 'superseded';
}

const standings = { superseded: 'superseded', after_sign_off: 'after the sign-off' } as const;

/** Decisions that the table of findings does not have. */
export function historyTable(findings: readonly FindingWithHistory[], zone: string): readonly ReportBlock[] {
  const rows = findings.flatMap(({ id, key, history }) =>
    history.flatMap(({ standing, decision, note, actor, entered_by: enteredBy, at }) =>
      standing === 'counts'
        ? []
        : [
            [
              ...[String(id), key, decision.replaceAll('_', ' ')],
              { text: standings[standing], tone: standing === 'superseded' ? 'plain' : 'notice' } as const,
              ...[`${withEnteredBy(actor, enteredBy)}, ${wallClock(at, zone)}`, note ?? ''],
            ],
          ],
    ),
  );
  if (rows.length === 0) return [];
  return [
    { kind: 'heading', text: 'Superseded and later decisions' },
    { kind: 'table', columns: ['Number', 'Key', 'Decision', 'Standing', 'By', 'Note'], rows },
  ];
}
