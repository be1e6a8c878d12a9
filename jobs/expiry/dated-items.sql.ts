import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import { count } from '../../src/text/count.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import type { DatedKind } from './dated-kinds.sql.ts';
import { eachItem } from './each-item.ts';
import {
  costOf,
  type ExpiringItem,
  type FoundItems,
  type ItemProblem,
  type ItemScope,
  ownerOf,
} from './item.ts';
import { isCounted, isOpen, isReadable, isWanted } from './settled.sql.ts';
import type { Thresholds } from './thresholds.ts';

interface DatedRow {
  readonly id: number;
  readonly page_id: number;
  readonly name: string;
  /** null: there is a problem. */
  readonly due: Day | null;
  /** A year that people and programs can read. */
  readonly readable: boolean | null;
  readonly problem: string | null;
  readonly owner_type: string | null;
  readonly owner_id: number | null;
  readonly detail: string;
  readonly cost: number | null;
  readonly currency: string | null;
  /** Only where the kind has such a column. */
  readonly link?: string | null;
  readonly answered?: boolean;
}

/** Two statements, and one where rows may have nothing to count from: the items of a kind whose rows have one date each. */
export async function readDatedItems(
  db: Kysely<Database>,
  scope: ItemScope,
  thresholds: Thresholds,
  { kind, happens, rows: query, without }: DatedKind,
): Promise<FoundItems> {
  const { rows } = await sql<DatedRow>`
    with dated as (${query})
    select d.id, d.page_id, d.name, d.due::text as due, ${isReadable(sql`d.due`)} as readable, d.problem, d.owner_type, d.owner_id,
           d.detail, d.cost, d.currency${kind === 'deadline' ? sql`, d.link, d.answered` : sql``}
      from dated d
     where ${isWanted(sql`d.id`, scope)}
       and case when d.due is null then d.problem is not null
                when ${isReadable(sql`d.due`)} then d.due <= ${scope.until}::date
                     and ${isOpen(kind, sql`d.id`, sql`d.due`, scope, thresholds)}
                else true end
     order by d.id`.execute(db);
  const { rows: counted } = await sql<{ total: number }>`
    select count(*)::integer as total from (${query}) d where ${isCounted(sql`d.id`, scope)}`.execute(db);
  const items: ExpiringItem[] = [];
  const problems: ItemProblem[] = [];
  eachItem(kind, rows, problems, (row) => {
    const { id, name, due } = row;
    if (due === null || row.readable !== true) {
      const problem = row.problem ?? `its date is recorded as ${due}, which is no date`;
      problems.push({ kind, id, name, problem });
      return;
    }
    items.push({
      kind,
      id,
      pageId: row.page_id,
      ...(row.link == null ? {} : { link: row.link }),
      ...(row.answered === true ? { answered: true } : {}),
      name,
      key: due,
      expiresOn: due,
      thresholds,
      happens,
      owner: ownerOf(row.owner_type, row.owner_id),
      detail: row.detail,
      cost: costOf(row.cost, row.currency ?? 'EUR'),
      breakGlass: false,
      cancelBy: null,
      differences: [],
    });
  });
  return { total: counted[0]?.total ?? 0, items, problems, notes: await notesOf(db, without) };
}

async function notesOf(db: Kysely<Database>, without: DatedKind['without']): Promise<readonly string[]> {
  if (without === undefined) return [];
  const { rows } = await sql<{ count: number }>`${without.count}`.execute(db);
  const some = rows[0]?.count ?? 0;
  return some === 0 ? [] : [`${count(some, without.one, without.many)} ${without.have}`];
}
