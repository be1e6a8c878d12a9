import { type Kysely, type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import type { Day } from '../../../src/time/day.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { ruleAbout } from '../controls/deciding-rule.sql.ts';
import { questionsOf } from '../rules/criteria.sql.ts';
import { evidenceRows } from '../rules/evidence.sql.ts';
import { type EvidencePolicy, standings } from '../rules/evidence-words.sql.ts';

/** Which controls are asked about, and how evidence counts: as the evaluation has it. */
export interface EvidenceScope {
  /** `framework_control.id`. */
  readonly controls: readonly number[];
  readonly first: Day;
  readonly last: Day;
  readonly today: Day;
  readonly zones: Zones;
  readonly policy: EvidencePolicy;
}

/** Every rule of the controls, also those that are switched off and those of controls that are not applicable. */
const asked = ({ controls, today }: EvidenceScope): RawBuilder<unknown> => sql`
  moment as materialized (select ${today}::date as today),
  scope as materialized (
    select id as control_pk, true as is_applicable from framework_control where id = any (${[...controls]}::integer[])
  ),
  question as materialized (${questionsOf(sql`true`)})`;

const ruleRow = z.object({
  id: z.int(),
  control: z.int(),
  name: z.string(),
  model: z.string(),
  frequencyDays: z.int(),
  graceDays: z.int(),
  enabled: z.boolean(),
  selector: z.string().nullable(),
  key: z.string().nullable(),
  /** Why no evidence can be asked for. */
  problem: z.string().nullable(),
  /** What it asks for, by name; null: anything of its model. */
  about: z.string().nullable(),
  /** null: not recorded. */
  createdOn: z.string().nullable(),
});
/** A rule as it is now. */
export type PeriodRule = z.output<typeof ruleRow>;

/** By control, then by number. One statement. */
export async function readRules(db: Kysely<Database>, scope: EvidenceScope): Promise<readonly PeriodRule[]> {
  const { stored, business } = scope.zones;
  const { rows } = await sql`
    with ${asked(scope)}
    select q.id, q.control_pk as control, q.name, q.target_model as model, q.frequency_days as "frequencyDays",
           q.grace_period_days as "graceDays", q.enabled, q.selector, q.key, q.problem, ${ruleAbout} as about,
           case when r.created_at between timestamp '0001-01-02' and timestamp '9999-12-30'
                then to_char(r.created_at at time zone ${stored}::text at time zone ${business}::text, 'YYYY-MM-DD') end as "createdOn"
      from question q join compliance_rule r on r.id = q.id
     order by q.control_pk, q.id`.execute(db);
  return rows.map((row) => ruleRow.parse(row));
}

const words = {
  [standings.done]: 'done',
  [standings.notDone]: 'not_done',
  [standings.unread]: 'unread',
  [standings.unsigned]: 'unsigned',
} as const;

const evidenceRow = z.object({
  selector: z.string(),
  key: z.string(),
  id: z.int(),
  day: z.string(),
  word: z.string(),
  standing: z.literal([standings.done, standings.notDone, standings.unread, standings.unsigned]),
});

/** A row of evidence. */
export interface EvidenceRow {
  readonly id: number;
  /** The day that the evaluation counts from. */
  readonly day: Day;
  /** Its status, as it is written. */
  readonly word: string;
  /** Only `done` counts; `unread`: a word on neither list; `unsigned`: a review without its sign-off. */
  readonly standing: (typeof words)[keyof typeof words];
}

/** What a question asks for, as one text. */
export function questionKey({ selector, key }: Pick<PeriodRule, 'selector' | 'key'>): string {
  return `${selector ?? ''}\u0000${key ?? ''}`;
}

/**
 * By {@link questionKey}, oldest first: every row of the period, and of what counts the newest one before it and the first one after it. Rows that
 * several rules ask for are read once. One statement.
 */
export async function readEvidence(
  db: Kysely<Database>,
  scope: EvidenceScope,
): Promise<ReadonlyMap<string, readonly EvidenceRow[]>> {
  const { zones, policy, first, last } = scope;
  const { rows } = await sql`
    with ${asked(scope)},
    ${evidenceRows(zones, policy, 'all')},
    wanted as materialized (
      select distinct f.selector, f.key, f.id, f.day, f.word, f.standing
        from found f join asked a on a.selector = f.selector and a.key = f.key
    ),
    near as (
      select * from wanted where day between ${first}::date and ${last}::date
      union all
      (select distinct on (selector, key) * from wanted where standing = ${sql.lit(standings.done)} and day < ${first}::date
        order by selector, key, day desc, id desc)
      union all
      (select distinct on (selector, key) * from wanted where standing = ${sql.lit(standings.done)} and day > ${last}::date
        order by selector, key, day, id)
    )
    select selector, key, id, to_char(day, 'YYYY-MM-DD') as day, word, standing
      from near order by selector, key, near.day, id`.execute(db);
  const found = new Map<string, EvidenceRow[]>();
  for (const one of rows) {
    const { selector, key, standing, ...row } = evidenceRow.parse(one);
    const name = questionKey({ selector, key });
    const list = found.get(name) ?? [];
    list.push({ ...row, standing: words[standing] });
    found.set(name, list);
  }
  return found;
}
