/*
 * Alerts of this job that were too old when they could first be sent. A held message names its findings by the executions that
 * found them. Those that are still open go out in one message a comparison; what was decided or is resolved is obsolete.
 */
import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { severityOrder } from '../../../src/job/severity.sql.ts';
import { severities } from '../../../src/job/severity.ts';
import {
  type HeldMessage,
  type Renewal,
  type RenewalScope,
  reachedBefore,
  renewedKey,
} from '../../../src/notify/outbox/renewal.ts';
import { readComparisonRow } from '../execution/due.sql.ts';
import { mostTold, type Steps } from '../execution/read-steps.sql.ts';
import { findingTypes } from '../finding-words.ts';
import { type AlertInput, whyNoAlert } from './alert.ts';
import { findingsEvent, sendAlert } from './send-alert.ts';

const context = z.object({ comparison_id: z.int(), executions: z.array(z.int()).optional() });

export async function renewFindingAlerts(scope: RenewalScope): Promise<Renewal> {
  const replaced: number[] = [];
  const obsolete: number[] = [];
  for (const [comparisonId, held] of byComparison(scope.held)) {
    const ids = held.map(({ communication_id: id }) => id);
    const input = await inputOf(scope, comparisonId, held);
    if (input === null || whyNoAlert(input) !== null) {
      obsolete.push(...ids);
      continue;
    }
    const { messages, allReached } = await sendAlert(scope.trx, scope.notifier, input, {
      key: `uar:comparison:${comparisonId}:${renewedKey(held)}`,
      executions: executionsOf(held),
      notTo: await reachedBefore(scope.trx, held),
    });
    if (allReached) obsolete.push(...ids);
    // The event is switched off, or nobody has an address: they stay on hold.
    else if (messages > 0) replaced.push(...ids);
  }
  return { replaced, obsolete };
}

function byComparison(held: readonly HeldMessage[]): ReadonlyMap<number, readonly HeldMessage[]> {
  const groups = new Map<number, HeldMessage[]>();
  for (const one of held) {
    const read = context.safeParse(one.context);
    if (one.event_code !== findingsEvent.code || !read.success) continue;
    const { comparison_id: id } = read.data;
    groups.set(id, [...(groups.get(id) ?? []), one]);
  }
  return groups;
}

function executionsOf(held: readonly HeldMessage[]): readonly number[] {
  return [
    ...new Set(held.flatMap((one) => context.safeParse(one.context).data?.executions ?? [one.target_id])),
  ];
}

/** null: the comparison was deleted or archived. */
async function inputOf(
  { trx, now, zones, appBaseUrl }: RenewalScope,
  comparisonId: number,
  held: readonly HeldMessage[],
): Promise<AlertInput | null> {
  const found = await readComparisonRow(trx, comparisonId, { now, by: now, zones });
  if (found === undefined) return null;
  const { execution_id, finished_at, ...steps } = await readPresent(trx, comparisonId, executionsOf(held));
  return {
    comparison: found.row,
    executionId: execution_id ?? held.at(-1)?.target_id ?? 0,
    executedAt: finished_at ?? now,
    zone: zones.business,
    appBaseUrl,
    steps,
    adopted: false,
  };
}

const count = z.int();
const presentRow = z.object({
  execution_id: count.nullable(),
  finished_at: z.date().nullable(),
  groups: z.array(
    z.object({
      type: z.enum(findingTypes),
      severity: z.enum(severities),
      novelty: z.enum(['new', 'seen']),
      status: z.enum(['open', 'acknowledged', 'false_positive']),
      excepted: z.boolean(),
      findings: count,
      appeared: count,
    }),
  ),
  told: z.array(
    z.object({
      finding_id: count,
      type: z.enum(findingTypes),
      severity: z.enum(severities),
      key: z.string(),
      novelty: z.literal('new'),
      description: z.string().nullable(),
    }),
  ),
});

/** The findings of a comparison as they are now; new are those that these executions found and that are open. One statement. */
async function readPresent(
  trx: Transaction<Database>,
  comparisonId: number,
  executions: readonly number[],
): Promise<Steps & Pick<z.output<typeof presentRow>, 'execution_id' | 'finished_at'>> {
  const { rows } = await sql<Record<string, unknown>>`
    with reported as materialized (
      select distinct o.identity
        from opsdeck_jobs.uar_observation o
        join opsdeck_jobs.uar_execution_record x on x.execution_id = o.execution_id
       where o.execution_id = any (${executions}::integer[])
         and o.status = 'open' and (o.novelty <> 'seen' or x.summary ->> 'adopted' = 'true')
    ), present as materialized (
      select i.finding_id, f.finding_type as type, f.severity, f.status, i.exception_id is not null as excepted,
             left(i.key_text, 255) as key, left(f.description, 500) as description,
             case when f.status = 'open' and r.identity is not null then 'new' else 'seen' end as novelty
        from opsdeck_jobs.uar_identity i
        join public.uar_finding f on f.id = i.finding_id
        left join reported r on r.identity = i.identity
       where i.comparison_id = ${comparisonId}::integer and f.status in ('open', 'acknowledged', 'false_positive')
    ), newest as (
      select execution_id, finished_at from opsdeck_jobs.uar_execution_record
       where comparison_id = ${comparisonId}::integer and outcome = 'completed' order by execution_id desc limit 1
    )
    select (select execution_id from newest) as execution_id, (select finished_at from newest) as finished_at,
           (select coalesce(json_agg(g), '[]') from (
              select type, severity, novelty, status, excepted, count(*)::integer as findings, 0 as appeared
                from present group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5) g) as groups,
           (select coalesce(json_agg(t), '[]') from (
              select finding_id, type, severity, key, novelty, description
                from (select p.*, ${severityOrder(sql.ref('p.severity'))} as rank,
                             row_number() over (partition by p.type order by ${severityOrder(sql.ref('p.severity'))}, p.key) as nth
                        from present p where p.novelty = 'new') n
               where nth <= ${mostTold}::integer order by rank, type, key) t) as told`.execute(trx);
  return { ...presentRow.parse(rows[0]), gone: 0 };
}
