import { type Kysely, sql } from 'kysely';
import { type Columns, readableColumns } from '../../src/db/readable-columns.ts';
import type { Database } from '../../src/db/tables.ts';
import { farthestFor } from './cancelling.ts';
import { contractColumns, longestNotice, readContracts } from './contracts.sql.ts';
import { readDatedItems } from './dated-items.sql.ts';
import {
  type DatedKind,
  datedKinds,
  importedDeadlines,
  policyReviews,
  supplierReviews,
} from './dated-kinds.sql.ts';
import { type DeadlineSettings, reviewMonths } from './deadline-settings.ts';
import { deadlineApproaching } from './events.ts';
import { type ItemKind, kindWords } from './item.ts';
import type { ExpirySource } from './run-expiry.ts';
import { inOrder, type Thresholds } from './thresholds.ts';

interface KnownSource {
  readonly source: ExpirySource;
  readonly columns: Columns;
}

/** Two statements: the kinds that the settings name, and what was imported; one whose tables are missing is left out, by name, and the others are watched. */
export async function deadlineSources(
  db: Kysely<Database>,
  settings: DeadlineSettings,
): Promise<{ readonly sources: readonly ExpirySource[]; readonly notes: readonly string[] }> {
  const thresholds = inOrder(settings.thresholds);
  const imported = (await hasImported(db)) ? [dated(importedDeadlines, thresholds)] : [];
  const named = [...namedSources(settings, thresholds), ...imported];
  if (named.length === 0) return { sources: [], notes: [] };
  const isReadable = await readableColumns(
    db,
    named.map(({ columns }) => columns),
  );
  const lacking = ({ columns }: KnownSource) =>
    Object.entries(columns)
      .filter(([table, some]) => !isReadable(table, some))
      .map(([table]) => table);
  return {
    sources: named.filter((one) => lacking(one).length === 0).map(({ source }) => source),
    notes: named.flatMap((one) => {
      const tables = lacking(one);
      if (tables.length === 0) return [];
      const { many } = kindWords[one.source.kind];
      return [
        `No ${many} are watched: this database lacks, or this role may not read, ${tables.join(', ')}.`,
      ];
    }),
  };
}

/** Every kind that the job can watch. */
export const deadlineKinds: readonly ItemKind[] = [
  ...([
    'contract',
    'asset',
    'peripheral',
    'payment_method',
    'risk',
    'training',
    'request',
    'policy',
  ] as const),
  ...(['supplier', 'deadline'] as const),
];

async function hasImported(db: Kysely<Database>): Promise<boolean> {
  const { rows } = await sql`select from opsdeck_jobs.deadline where gone_at is null limit 1`.execute(db);
  return rows.length > 0;
}

function namedSources(settings: DeadlineSettings, thresholds: Thresholds): readonly KnownSource[] {
  const policy = reviewMonths(settings, 'policy');
  const supplier = reviewMonths(settings, 'supplier');
  return [
    ...settings.kinds.flatMap((kind) => {
      switch (kind) {
        case 'contract':
          return [contracts(thresholds)];
        case 'warranty':
          return [dated(datedKinds.asset, thresholds), dated(datedKinds.peripheral, thresholds)];
        default:
          return [dated(datedKinds[kind], thresholds)];
      }
    }),
    ...(policy === undefined ? [] : [dated(policyReviews(policy), thresholds)]),
    ...(supplier === undefined ? [] : [dated(supplierReviews(supplier), thresholds)]),
  ];
}

function dated(kind: DatedKind, thresholds: Thresholds): KnownSource {
  return {
    columns: kind.columns,
    source: {
      kind: kind.kind,
      event: deadlineApproaching,
      opsdeckDays: null,
      farthest: Math.max(...thresholds),
      read: (db, scope) => readDatedItems(db, scope, thresholds, kind),
    },
  };
}

function contracts(thresholds: Thresholds): KnownSource {
  return {
    columns: contractColumns,
    source: {
      kind: 'contract',
      event: deadlineApproaching,
      opsdeckDays: null,
      farthest: Math.max(...thresholds, farthestFor(longestNotice)),
      read: (db, scope) => readContracts(db, scope, thresholds),
    },
  };
}
