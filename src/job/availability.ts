import type { JobDefinition } from './define-job.ts';

/** What a job needs and the database does not have; both empty: the job can run. */
export interface Missing {
  readonly tables: readonly string[];
  /** `table.column`, of tables that are there. */
  readonly columns: readonly string[];
}

/** The columns of each table that any job needs, as the database has them; what {@link missingOf} looks into. */
export type PresentColumns = ReadonlyMap<string, ReadonlySet<string>>;

/** The tables that the jobs need, each once; names as in {@link JobDefinition.requires}. */
export function requiredTables(jobs: readonly JobDefinition[]): readonly string[] {
  return [...new Set(jobs.flatMap((job) => Object.keys(job.requires)))];
}

/** What of the job's needs is not there. */
export function missingOf(job: JobDefinition, present: PresentColumns): Missing {
  const tables: string[] = [];
  const columns: string[] = [];
  for (const [table, needed] of Object.entries(job.requires)) {
    const there = present.get(table);
    if (there === undefined) tables.push(table);
    else columns.push(...needed.filter((column) => !there.has(column)).map((column) => `${table}.${column}`));
  }
  return { tables, columns };
}

/** `missing table rule, missing column user.email`; null when nothing is missing. */
export function describeMissing(missing: Missing): string | null {
  const parts = [
    ...missing.tables.map((table) => `missing table ${table}`),
    ...missing.columns.map((column) => `missing column ${column}`),
  ];
  return parts.length === 0 ? null : parts.join(', ');
}
