import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { count } from '../../../src/text/count.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import type { Day } from '../../../src/time/day.ts';

const author = { by: z.string(), entered_by: z.string(), at: z.coerce.date() };

const actionRow = z.object({
  id: z.int(),
  control_pk: z.int(),
  cause: z.string(),
  action: z.string(),
  due: z.string(),
  ...author,
  /** null: it is open. */
  done: z.object({ reason: z.string(), ...author }).nullable(),
  /** Open after its day. */
  overdue: z.boolean(),
});
/** What is done about a control. */
export type ControlAction = z.output<typeof actionRow>;

const acceptanceRow = z.object({
  id: z.int(),
  control_pk: z.int(),
  status: z.string(),
  reason: z.string(),
  until: z.string(),
  ...author,
  ended: z.boolean(),
});
/** A failing control that a person accepted through a day. */
export type Acceptance = z.output<typeof acceptanceRow>;

/** What people do about controls. */
export interface FollowUps {
  readonly actions: readonly ControlAction[];
  readonly acceptances: readonly Acceptance[];
}

const who = sql`'by', x.actor, 'entered_by', x.entered_by, 'at', x.created_at`;

/** What of them. */
export interface FollowUpScope {
  readonly today: Day;
  /** By `framework_control.id`: all that there ever were. null: of every control what is open, or accepted, now. */
  readonly controls: readonly number[] | null;
  /** As it was at that moment; null: now. */
  readonly until?: Date;
}

/** One statement, newest first. */
export async function readFollowUps(
  db: Kysely<Database>,
  { today, controls, until }: FollowUpScope,
): Promise<FollowUps> {
  const ids = controls === null ? null : [...controls];
  const all = sql`${ids}::integer[] is not null`;
  const then = (table: string) =>
    until === undefined
      ? sql`true`
      : sql`${sql.ref(`${table}.created_at`)} <= ${until.toISOString()}::timestamptz`;
  const ofControl = sql`(${ids}::integer[] is null or x.framework_control_id = any (${ids}::integer[]))`;
  const { rows } = await sql<{ actions: unknown; acceptances: unknown }>`
    select (select coalesce(json_agg(json_build_object(
                     'id', x.id, 'control_pk', x.framework_control_id, 'cause', x.cause, 'action', x.action, 'due', x.due, ${who},
                     'overdue', e.id is null and x.due < ${today}::date,
                     'done', case when e.id is not null then
                               json_build_object('reason', e.reason, 'by', e.actor, 'entered_by', e.entered_by, 'at', e.created_at) end)
                   order by x.id desc), '[]')
              from opsdeck_jobs.control_action x left join opsdeck_jobs.control_action_end e on e.action_id = x.id and ${then('e')}
             where ${ofControl} and ${then('x')} and (${all} or e.id is null)) as actions,
           (select coalesce(json_agg(json_build_object(
                     'id', x.id, 'control_pk', x.framework_control_id, 'status', x.status, 'reason', x.reason, 'until', x.until, ${who},
                     'ended', x.until < ${today}::date) order by x.id desc), '[]')
              from opsdeck_jobs.control_acceptance x
             where ${ofControl} and ${then('x')}
               and (${all} or (x.until >= ${today}::date and x.id = (
                     select max(n.id) from opsdeck_jobs.control_acceptance n
                      where n.framework_control_id = x.framework_control_id and ${then('n')})))) as acceptances`.execute(
    db,
  );
  const [row] = rows;
  return {
    actions: z.array(actionRow).parse(row?.actions),
    acceptances: z.array(acceptanceRow).parse(row?.acceptances),
  };
}

/** Of one control. */
export interface ControlFollowUps {
  readonly open: readonly ControlAction[];
  readonly acceptance: Acceptance | null;
}

const without: ControlFollowUps = { open: [], acceptance: null };

/** What {@link readFollowUps} has of all controls, by control. */
export function byControl({ actions, acceptances }: FollowUps): (control: number) => ControlFollowUps {
  const found = new Map<number, { open: ControlAction[]; acceptance: Acceptance | null }>();
  const of = (control: number) => {
    const entry = found.get(control) ?? { open: [], acceptance: null };
    found.set(control, entry);
    return entry;
  };
  for (const action of actions) of(action.control_pk).open.push(action);
  for (const acceptance of acceptances) of(acceptance.control_pk).acceptance = acceptance;
  return (control) => found.get(control) ?? without;
}

/** As a cell of a table: `2 actions open, 1 overdue; accepted through 2027-01-31`; `-`: nothing. */
export function followUpWords({ open, acceptance }: ControlFollowUps): string {
  const overdue = open.filter((one) => one.overdue).length;
  const words = [
    ...(open.length === 0
      ? []
      : [`${count(open.length, 'action')} open${overdue === 0 ? '' : `, ${overdue} overdue`}`]),
    ...(acceptance === null ? [] : [`accepted through ${acceptance.until} by ${acceptance.by}`]),
  ];
  return words.length === 0 ? '-' : words.join('; ');
}

/** The columns of CSV that {@link followUpCells} fills. */
export const followUpColumns = [
  'open_actions',
  'overdue_actions',
  'next_due',
  'accepted_until',
  'accepted_by',
] as const;

export function followUpCells({ open, acceptance }: ControlFollowUps): readonly string[] {
  return [
    String(open.length),
    String(open.filter((one) => one.overdue).length),
    open.map(({ due }) => due).toSorted()[0] ?? '',
    acceptance?.until ?? '',
    acceptance?.by ?? '',
  ];
}

export function actionDocument({
  id,
  cause,
  action,
  due,
  overdue,
  by,
  entered_by,
  at,
  done,
}: ControlAction): JsonObject {
  return {
    id,
    cause,
    action,
    due,
    overdue,
    by,
    entered_by,
    at: at.toISOString(),
    done: done === null ? null : { ...done, at: done.at.toISOString() },
  };
}

export function acceptanceDocument({
  id,
  status,
  reason,
  until,
  ended,
  by,
  entered_by,
  at,
}: Acceptance): JsonObject {
  return { id, status, reason, until, ended, by, entered_by, at: at.toISOString() };
}

export function followUpDocument({ open, acceptance }: ControlFollowUps): JsonObject {
  return {
    open_actions: open.map(actionDocument),
    acceptance: acceptance === null ? null : acceptanceDocument(acceptance),
  };
}
