import { type Kysely, type RawBuilder, sql } from 'kysely';
import { type Columns, readableColumns } from '../../../src/db/readable-columns.ts';
import type { Database } from '../../../src/db/tables.ts';
import { count } from '../../../src/text/count.ts';
import type { Day } from '../../../src/time/day.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { type AuditFormat, type AuditPart, reportFiles } from './audit-list.ts';
import { tableForms } from './table-report.ts';

interface DutyScope {
  readonly first: Day;
  readonly last: Day;
  readonly today: Day;
  readonly zones: Zones;
}

type DutyRow = Readonly<Record<string, string | null>>;

interface Duty {
  readonly place: string;
  readonly title: string;
  readonly about: string;
  readonly source: string;
  readonly filter: (scope: DutyScope) => string;
  readonly needs: Columns;
  readonly columns: readonly string[];
  /** Rows in their order, with these columns as text; one with a `gap` is none of the list, and has why. */
  readonly rows: (scope: DutyScope) => RawBuilder<unknown>;
  readonly gapOf: (row: DutyRow) => string;
}

const users = { user: ['id', 'name', 'email', 'is_archived'] };

/**
 * By OpsDeck's rule: the people and groups that a version names; where it names no one, everyone with an account. What lists and groups had in the
 * period is not kept: they are as they are now.
 */
const policies: Duty = {
  place: '06-policies',
  title: 'Policy acknowledgements',
  about: 'Who must acknowledge each policy version in force, and whether they did by the end of the period.',
  source: 'policy_version, policy_version_users, policy_version_groups and policy_acknowledgement',
  filter: ({ first, last }) =>
    `versions in force between ${first} and ${last}; of each the accounts that must acknowledge it by the lists and groups of now, without archived ones and those made after ${last}`,
  needs: {
    user: [...users.user, 'created_at'],
    policy: ['id', 'title'],
    policy_version: ['id', 'policy_id', 'version_number', 'status', 'effective_date', 'end_date'],
    policy_version_users: ['policy_version_id', 'user_id'],
    policy_version_groups: ['policy_version_id', 'group_id'],
    policy_acknowledgement: ['policy_version_id', 'user_id', 'acknowledged_at'],
    user_groups: ['user_id', 'group_id'],
  },
  columns: [
    'policy',
    'version',
    'in_force_from',
    'in_force_to',
    'person',
    'email',
    'acknowledged_on',
    'state',
  ],
  rows: ({ first, last, zones }) => {
    const dayIn = (column: RawBuilder<unknown>) =>
      sql`(${column} at time zone ${zones.stored}::text at time zone ${zones.business}::text)::date`;
    return sql`
    with version as (
      select v.id, p.title, v.version_number, v.effective_date, v.end_date,
             v.end_date is not null or lower(btrim(v.status)) = 'active' as known
        from public.policy_version v join public.policy p on p.id = v.policy_id
       where lower(btrim(v.status)) in ('active', 'archived') and v.effective_date <= ${last}::date
         and (v.end_date is null or v.end_date >= ${first}::date)
    ), named as (
      select v.id as version_id, u.user_id from version v join public.policy_version_users u on u.policy_version_id = v.id
      union
      select v.id, m.user_id from version v join public.policy_version_groups g on g.policy_version_id = v.id
        join public.user_groups m on m.group_id = g.group_id
    ), must as (
      select v.id as version_id, u.id as user_id, u.name, u.email from version v cross join public."user" u
       where v.known
         and case when exists (select from public.policy_version_users x where x.policy_version_id = v.id)
                    or exists (select from public.policy_version_groups x where x.policy_version_id = v.id)
                  then exists (select from named n where n.version_id = v.id and n.user_id = u.id) else true end
         and u.is_archived is not true and (u.created_at is null or ${dayIn(sql`u.created_at`)} <= ${last}::date)
    ), done as (
      select policy_version_id, user_id, ${dayIn(sql`min(acknowledged_at)`)} as day
        from public.policy_acknowledgement group by 1, 2
    )
    select v.title as policy, v.version_number as version, v.effective_date::text as in_force_from, v.end_date::text as in_force_to,
           m.name as person, m.email, case when d.day <= ${last}::date then d.day::text end as acknowledged_on,
           case when d.user_id is not null and d.day is null then 'acknowledged, day not recorded'
                when d.day <= ${last}::date then 'acknowledged' else 'missing' end as state,
           case when not v.known then 'It is archived without an end date: whether it was in force in the period is not known.'
                when m.user_id is null then 'No account must acknowledge it.' end as gap
      from version v left join must m on m.version_id = v.id
      left join done d on d.policy_version_id = m.version_id and d.user_id = m.user_id
     order by v.title, v.effective_date, v.id, lower(m.name), m.user_id`;
  },
  gapOf: (row) => `${row['policy']}, version ${row['version']}`,
};

const trainings: Duty = {
  place: '07-trainings',
  title: 'Trainings',
  about: 'Who was assigned to a course, and whether they completed it by the end of the period.',
  source: 'course, course_assignment and course_completion',
  filter: ({ first, last }) =>
    `assigned by ${last}, and due from ${first} on or not completed before; people who are archived now are marked`,
  needs: {
    ...users,
    course: ['id', 'title'],
    course_assignment: ['id', 'course_id', 'user_id', 'assigned_date', 'due_date'],
    course_completion: ['assignment_id', 'completion_date'],
  },
  columns: ['course', 'person', 'email', 'archived', 'assigned_on', 'due_on', 'completed_on', 'state'],
  rows: ({ first, last, today }) => sql`
    select c.title as course, u.name as person, u.email, case when u.is_archived then 'yes' else 'no' end as archived,
           a.assigned_date::text as assigned_on, a.due_date::text as due_on, d.day::text as completed_on,
           case when d.day <= a.due_date then 'completed' when d.day is not null then 'completed late'
                when a.due_date <= ${last}::date and a.due_date < ${today}::date then 'missing' else 'not due yet' end as state,
           null as gap
      from public.course_assignment a join public.course c on c.id = a.course_id join public."user" u on u.id = a.user_id
      left join lateral (select min(x.completion_date) as day from public.course_completion x
                          where x.assignment_id = a.id and x.completion_date <= ${last}::date) d on true
     where a.assigned_date <= ${last}::date
       and (a.due_date >= ${first}::date or d.day is null or d.day >= ${first}::date)
     order by c.title, c.id, lower(u.name), u.id, a.id`,
  gapOf: (row) => String(row['course']),
};

/** What people owe: policies that they must acknowledge, and trainings. Two statements each. */
export async function dutyParts(
  db: Kysely<Database>,
  scope: DutyScope,
  format: AuditFormat,
): Promise<readonly AuditPart[]> {
  const all = [policies, trainings];
  const readable = await readableColumns(
    db,
    all.map(({ needs }) => needs),
  );
  const parts: AuditPart[] = [];
  for (const duty of all) {
    const absent = Object.entries(duty.needs).filter(([table, columns]) => !readable(table, columns));
    parts.push(
      absent.length === 0
        ? await dutyPart(db, duty, scope, format)
        : {
            lists: [],
            missing: [
              {
                what: duty.title,
                why: `The database has no such table, or its role may not read it: ${absent.map(([table]) => table).join(', ')}.`,
              },
            ],
          },
    );
  }
  return parts;
}

async function dutyPart(
  db: Kysely<Database>,
  duty: Duty,
  scope: DutyScope,
  format: AuditFormat,
): Promise<AuditPart> {
  const { place, title, about, source, columns, gapOf } = duty;
  const { rows: found } = await sql<DutyRow>`${duty.rows(scope)}`.execute(db);
  const rows = found.filter((row) => row['gap'] == null);
  const absent = rows.filter((row) => row['state'] === 'missing').length;
  const forms = tableForms(
    {
      ...{ title, columns, about: `${about} ${count(rows.length, 'row')}, ${absent} of them missing.` },
      rows: () =>
        rows.map((row) =>
          columns.map((name) => {
            const text = row[name] ?? '';
            return name === 'state' && text === 'missing' ? { text, tone: 'bad' as const } : text;
          }),
        ),
    },
    format.origin,
  );
  return {
    missing: found.flatMap((row) =>
      row['gap'] == null ? [] : [{ what: `${title}: ${gapOf(row)}`, why: row['gap'] }],
    ),
    lists: [
      {
        ...{ place, title, source },
        filter: duty.filter(scope),
        count: rows.length,
        files: reportFiles(place, forms, format),
      },
    ],
  };
}
