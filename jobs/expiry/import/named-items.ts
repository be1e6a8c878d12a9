import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import {
  optionalBoolean,
  optionalEmail,
  optionalText,
  quoted,
  requiredText,
} from '../../../src/import/cells.ts';
import { column, type ImportCounts, type StagedProblems } from '../../../src/import/csv-kind.ts';
import { findProblems, type ProblemRow, repeatedRows } from '../../../src/import/staged-problems.ts';
import { staged } from '../../../src/import/staging.ts';
import { unknownGroups, unknownOwners } from './owner-cells.ts';
import type { NamedColumn } from './write-named.sql.ts';

/** What the files of things that renew or expire have in common: each is known by its name, is owned, and may cost something. */

export function nameColumn(longest: number) {
  return column('text', requiredText(longest), 'which one it is');
}

export const userColumn = column(
  'text',
  optionalEmail,
  'a user that exists (import users first); empty: no owner',
);

export const userOrGroupColumns = {
  owner_email: column('text', optionalEmail, 'a user that exists (import users first); or owner_group'),
  owner_group: column('text', optionalText(100), 'name of a group that exists'),
};

export const currencyColumn = column('text', optionalText(3), 'such as USD; empty: EUR, or as it was');

export const archivedColumn = column('boolean', optionalBoolean, 'true or false; empty: false, or as it was');

/** What it costs and in which currency, and how they are stored; `initial`: the cost of a new one that names none. */
export function costColumns(initial?: RawBuilder<unknown>): readonly NamedColumn[] {
  return [
    { into: 'cost', value: sql`m.cost`, kept: 'where null', ...(initial === undefined ? {} : { initial }) },
    { into: 'currency', value: sql`upper(m.currency)`, kept: 'where null', initial: sql`'EUR'` },
  ];
}

/** Whose it is, and whether it is archived; a file without the column of owners leaves them as they are. */
export function ownedColumns(columns: ReadonlySet<string>): readonly NamedColumn[] {
  return [
    {
      into: 'user_id',
      value: sql`m.owner_id`,
      ...(columns.has('owner_email') ? {} : { kept: 'where absent' }),
    },
    { into: 'is_archived', value: sql`m.archived`, kept: 'where null', initial: sql`false` },
  ];
}

export interface NamedProblems {
  /** Where the rows go; its `name` is not unique. */
  readonly table: 'subscription' | 'license' | 'credentials' | 'certificates';
  /** The word for several of them. */
  readonly many: string;
  /** An owner may be a group. */
  readonly groups: boolean;
  /** `line, problem, subject, detail` of more of them, and their sentences. */
  readonly more?: { readonly query: RawBuilder<unknown>; readonly sentence: (row: ProblemRow) => string };
  /** Staged rows that are not named by the file: they may be repeated. Default: none. */
  readonly unnamed?: RawBuilder<boolean>;
}

/** A name that is there twice in the file or in the table, an owner who does not exist. */
export function namedProblems(
  trx: Transaction<Database>,
  { table, many, groups, more, unnamed = sql<boolean>`false` }: NamedProblems,
): Promise<StagedProblems> {
  const query = sql`
    ${repeatedRows(sql`name`, sql`name, case when ${unnamed} then line end`)}
    union all
    ${unknownOwners}
    ${groups ? sql`union all ${unknownGroups}` : sql``}
    ${more === undefined ? sql`` : sql`union all ${more.query}`}
    union all
    select s.line, 'ambiguous', s.name, count(*)::text from ${staged} s join ${sql.table(table)} x on x.name = s.name
     group by s.line, s.name having count(*) > 1`;
  return findProblems(trx, query, (row) => {
    const { problem, subject, detail } = row;
    switch (problem) {
      case 'repeated':
        return `${quoted(subject)} is already in line ${detail}`;
      case 'missing':
        return `owner_email ${quoted(subject)} belongs to ${detail === '0' ? 'no user' : `${detail} users`}`;
      case 'no_group':
        return `owner_group ${quoted(subject)} does not exist`;
      case 'ambiguous':
        return `the database has ${detail} ${many} named ${quoted(subject)}: rename one of them`;
      default:
        return more?.sentence(row) ?? problem;
    }
  });
}

/** Runs a statement that ends in `added` and `changed`, sets of ids. */
export async function writeCounted(
  trx: Transaction<Database>,
  statement: RawBuilder<unknown>,
): Promise<ImportCounts> {
  const { rows } = await sql<ImportCounts>`
    ${statement}
    select (select count(*) from added)::int as added, (select count(*) from changed)::int as changed`.execute(
    trx,
  );
  return rows[0] ?? { added: 0, changed: 0 };
}
