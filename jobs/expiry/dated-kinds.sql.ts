import { type RawBuilder, sql } from 'kysely';
import type { Happening, ItemKind } from './item.ts';
import { isReadable } from './settled.sql.ts';

/*
 * Rows of OpsDeck that have one date each, by kind. Every query has the columns `id`, `page_id`, `name`, `due` (a date; null: nothing to
 * watch), `problem` (a phrase, in place of a date), `owner_type`, `owner_id`, `detail`, `cost` and `currency`.
 */

export interface DatedKind {
  readonly kind: ItemKind;
  readonly happens: Happening;
  /** What the query reads, by table. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
  readonly rows: RawBuilder<unknown>;
  /** Rows that have nothing to count from, as `count`, and the parts of a sentence about them. */
  readonly without?: {
    readonly count: RawBuilder<unknown>;
    readonly one: string;
    readonly many: string;
    readonly have: string;
  };
}

const noCost = sql`null::double precision as cost, null::text as currency`;

/** That many months after a day: the end of the month where it is shorter. A date that nobody can read is left as it is. */
function plusMonths(day: RawBuilder<unknown>, months: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`case when ${isReadable(day)} then (${day} + make_interval(months => ${months}))::date else ${day} end`;
}

const isOver = (status: RawBuilder<unknown>, words: readonly string[]) =>
  sql`lower(btrim(coalesce(${status}, ''))) = any (${words}::text[])`;

/** More months than any warranty has. */
const mostMonths = 1200;

function warranty(kind: 'asset' | 'peripheral'): DatedKind {
  const odd = sql`w.warranty_length not between 1 and ${mostMonths}::integer`;
  return {
    kind,
    happens: 'ends',
    columns: {
      [kind]: ['id', 'name', 'status', 'purchase_date', 'warranty_length', 'is_archived', 'user_id'],
    },
    rows: sql`
      select w.id, w.id as page_id, w.name,
             case when ${odd} then null else ${plusMonths(sql`w.purchase_date`, sql`w.warranty_length`)} end as due,
             case when ${odd} then 'its warranty is recorded as ' || w.warranty_length || ' months' end as problem,
             'user' as owner_type, w.user_id as owner_id, '' as detail, ${noCost}
        from ${sql.table(kind)} w
       where not w.is_archived and w.purchase_date is not null and w.warranty_length <> 0
         and not ${isOver(sql`w.status`, ['disposed', 'sold'])}`,
  };
}

/** A card is valid through the last day of its month. */
const paymentMethod: DatedKind = {
  kind: 'payment_method',
  happens: 'expires',
  columns: { payment_method: ['id', 'name', 'method_type', 'expiry_date', 'user_id', 'is_archived'] },
  rows: sql`
    select p.id, p.id as page_id, p.name,
           case when ${isReadable(sql`p.expiry_date`)} then (date_trunc('month', p.expiry_date) + interval '1 month - 1 day')::date
                else p.expiry_date end as due,
           null::text as problem, 'user' as owner_type, p.user_id as owner_id, p.method_type as detail, ${noCost}
      from payment_method p where not p.is_archived and p.expiry_date is not null`,
};

const risk: DatedKind = {
  kind: 'risk',
  happens: 'due',
  columns: { risk: ['id', 'risk_description', 'owner_id', 'status', 'next_review_date'] },
  rows: sql`
    select r.id, r.id as page_id, left(regexp_replace(btrim(r.risk_description), '\\s+', ' ', 'g'), 100) as name,
           r.next_review_date as due, null::text as problem, 'user' as owner_type, r.owner_id, '' as detail, ${noCost}
      from risk r where r.next_review_date is not null and not ${isOver(sql`r.status`, ['closed'])}`,
};

/** Until it is completed; of people who left, nothing is due. */
const training: DatedKind = {
  kind: 'training',
  happens: 'due',
  columns: {
    course: ['id', 'title'],
    course_assignment: ['id', 'due_date', 'course_id', 'user_id'],
    course_completion: ['id', 'assignment_id'],
  },
  rows: sql`
    select a.id, c.id as page_id, c.title as name, a.due_date as due, null::text as problem, 'user' as owner_type,
           a.user_id as owner_id, '' as detail, ${noCost}
      from course_assignment a join course c on c.id = a.course_id join "user" u on u.id = a.user_id
     where u.is_archived is not true and not exists (select from course_completion d where d.assignment_id = a.id)`,
};

const request: DatedKind = {
  kind: 'request',
  happens: 'due',
  columns: { request: ['id', 'title', 'request_type', 'status', 'due_date', 'requester_id', 'assignee_id'] },
  rows: sql`
    select r.id, r.id as page_id, r.title as name, r.due_date::date as due, null::text as problem, 'user' as owner_type,
           coalesce(r.assignee_id, r.requester_id) as owner_id, coalesce(r.request_type, '') as detail, ${noCost}
      from request r
     where r.due_date is not null and not ${isOver(sql`r.status`, ['completed', 'closed', 'cancelled'])}`,
};

/** Kinds whose rows name their date themselves. */
export const datedKinds = {
  asset: warranty('asset'),
  peripheral: warranty('peripheral'),
  payment_method: paymentMethod,
  risk,
  training,
  request,
} as const satisfies Readonly<Partial<Record<ItemKind, DatedKind>>>;

/** What was imported, and what queries answered: no page of OpsDeck has it. */
export const importedDeadlines: DatedKind = {
  kind: 'deadline',
  happens: 'due',
  columns: {
    'opsdeck_jobs.deadline': ['id', 'kind', 'name', 'due_on', 'owner_id', 'cost', 'currency', 'link'],
  },
  rows: sql`
    select d.id, d.id as page_id, d.name, d.due_on as due, null::text as problem, 'user' as owner_type, d.owner_id,
           d.kind || coalesce('; ' || d.link, '') as detail, d.cost::double precision as cost, d.currency, d.link,
           d.query is not null as answered
      from opsdeck_jobs.deadline d where d.gone_at is null`,
};

/** A policy is reviewed so many months after its active version began. */
export function policyReviews(months: number): DatedKind {
  return {
    kind: 'policy',
    happens: 'due',
    columns: { policy: ['id', 'title'], policy_version: ['id', 'policy_id', 'status', 'effective_date'] },
    rows: sql`
      select p.id, p.id as page_id, p.title as name, ${plusMonths(sql`v.effective_date`, sql`${months}::integer`)} as due,
             null::text as problem, null::text as owner_type, null::integer as owner_id, 'version of ' || v.effective_date as detail, ${noCost}
        from policy p
        join (select policy_id, max(effective_date) as effective_date from policy_version
               where ${isOver(sql`status`, ['active'])} group by policy_id) v on v.policy_id = p.id`,
    without: {
      count: sql`
        select count(*)::integer as count from policy p
         where not exists (select from policy_version v where v.policy_id = p.id and ${isOver(sql`v.status`, ['active'])})`,
      one: 'policy has',
      many: 'policies have',
      have: 'no active version to count from: no review is due.',
    },
  };
}

/** A supplier is assessed again so many months after its last assessment; one without any has nothing to count from. */
export function supplierReviews(months: number): DatedKind {
  return {
    kind: 'supplier',
    happens: 'due',
    columns: {
      supplier: ['id', 'name', 'is_archived', 'security_assessment_completed'],
      security_assessment: ['id', 'supplier_id', 'assessment_date'],
    },
    rows: sql`
      select s.id, s.id as page_id, s.name, ${plusMonths(sql`s.assessed`, sql`${months}::integer`)} as due, null::text as problem,
             null::text as owner_type, null::integer as owner_id, 'assessed ' || s.assessed as detail, ${noCost}
        from (select s.id, s.name, greatest(s.security_assessment_completed, a.assessed) as assessed
                from supplier s
                left join (select supplier_id, max(assessment_date) as assessed from security_assessment group by supplier_id) a
                  on a.supplier_id = s.id
               where not s.is_archived) s
       where s.assessed is not null`,
    without: {
      count: sql`
        select count(*)::integer as count from supplier s
         where not s.is_archived and s.security_assessment_completed is null
           and not exists (select from security_assessment a where a.supplier_id = s.id)`,
      one: 'supplier has',
      many: 'suppliers have',
      have: 'no assessment to count from: no review is due.',
    },
  };
}
