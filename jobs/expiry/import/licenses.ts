import { sql } from 'kysely';
import { z } from 'zod';
import { requiredDate } from '../../../src/import/cells.ts';
import { column, defineCsvKind } from '../../../src/import/csv-kind.ts';
import {
  archivedColumn,
  costColumns,
  currencyColumn,
  nameColumn,
  namedProblems,
  ownedColumns,
  userColumn,
  writeCounted,
} from './named-items.ts';
import { optionalAmount } from './owner-cells.ts';
import { writeNamed } from './write-named.sql.ts';

const cells = z.object({
  name: nameColumn(200),
  expiry_date: column('date', requiredDate, 'YYYY-MM-DD'),
  cost: column('double precision', optionalAmount, 'such as 1200.50; empty: none, or as it was'),
  currency: currencyColumn,
  owner_email: userColumn,
  archived: archivedColumn,
});

/** Rows of `license`, by name; their keys are secrets and do not belong in the file. What the file leaves out keeps its value. */
export const licenses = defineCsvKind({
  name: 'licenses',
  cells: () => cells,
  row: (cells) => cells,

  problems: (trx) => namedProblems(trx, { table: 'license', many: 'licences', groups: false }),

  write: (trx, { now, columns }) =>
    writeCounted(
      trx,
      writeNamed({
        table: 'license',
        columns: [
          { into: 'expiry_date', value: sql`m.expiry_date` },
          ...costColumns(),
          ...ownedColumns(columns),
        ],
        initial: { created_at: now },
      }),
    ),
});
