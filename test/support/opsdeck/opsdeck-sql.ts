import { readFileSync } from 'node:fs';

/** 009 is version 0.6.10; 026 the newest that is known. */
export const opsdeckRevisions = ['009', '026'] as const;
export type OpsdeckRevision = (typeof opsdeckRevisions)[number];

/** OpsDeck's tables at a revision, and its own mark of it; no other row. */
export function opsdeckSchema(revision: OpsdeckRevision): readonly string[] {
  return filesUpTo('schema', revision);
}

/** The rows that OpsDeck puts into each new database: events, templates and, where it has them, an example rule. */
export function opsdeckSeed(revision: OpsdeckRevision): readonly string[] {
  return filesUpTo('seed', revision);
}

/** A company that has worked with it until the morning of Monday, 2026-03-02. */
export function opsdeckCompany(): readonly string[] {
  return statementsOf('company.sql');
}

function filesUpTo(kind: 'schema' | 'seed', revision: OpsdeckRevision): readonly string[] {
  return opsdeckRevisions
    .filter((one) => one <= revision)
    .flatMap((one) => statementsOf(`${kind}-${one}.sql`));
}

/** No statement of these files has a semicolon at the end of a line but at its own end. */
function statementsOf(file: string): readonly string[] {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8').replaceAll(/^--.*$/gm, '');
  return text
    .split(/;\s*\n/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
