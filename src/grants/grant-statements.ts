import { quoteIdentifier } from './quote-identifier.ts';
import { type GrantedColumns, sequenceOf, type TableGrant } from './table-grant.ts';

/** A line of a script is no longer. */
const width = 120;

/** The statements that give a role these rights; tables with the same rights share one. */
export function grantStatements(grants: readonly TableGrant[], role: string): readonly string[] {
  const plain = grants.filter(({ since }) => since === undefined);
  const later = grants.flatMap((grant) =>
    grant.since === undefined ? [] : guarded(grant, grant.since, role),
  );
  return [...plainStatements(plain, role), ...later];
}

function plainStatements(grants: readonly TableGrant[], role: string): readonly string[] {
  const to = quoteIdentifier(role);
  const byRights = new Map<string, string[]>();
  for (const grant of grants) {
    const rights = privilegesOf(grant);
    byRights.set(rights, [...(byRights.get(rights) ?? []), quoteTable(grant.table)]);
  }
  const sequences = grants.flatMap((grant) => sequenceOf(grant) ?? []);
  return [
    ...[...byRights].map(([privileges, tables]) => statement(`grant ${privileges} on`, tables, `to ${to};`)),
    ...(sequences.length === 0 ? [] : [sequenceStatement(sequences, role)]),
  ];
}

/** Takes rights on tables away from the role. */
export function revokeStatement(rights: string, tables: readonly string[], role: string): string {
  return statement(`revoke ${rights} on`, tables.map(quoteTable), `from ${quoteIdentifier(role)};`);
}

/** For sequences alone. */
export function sequenceStatement(sequences: readonly string[], role: string): string {
  return statement('grant usage on sequence', sequences.map(quoteTable), `to ${quoteIdentifier(role)};`);
}

/** A table that an older OpsDeck does not have must not make the script fail there. */
function guarded(grant: TableGrant, since: string, role: string): readonly string[] {
  const inner = plainStatements([grant], role).map((one) => `    ${one}`);
  return [
    `-- ${grant.table} came with OpsDeck's revision ${since}.`,
    `do $$ begin\n  if to_regclass('public.${grant.table}') is not null then\n${inner.join('\n')}\n  end if;\nend $$;`,
  ];
}

function privilegesOf(grant: TableGrant): string {
  return [
    ...ofColumns('select', grant.select),
    ...(grant.insert === true ? ['insert'] : []),
    ...ofColumns('update', grant.update),
    ...(grant.delete === true ? ['delete'] : []),
  ].join(', ');
}

function ofColumns(privilege: string, columns: GrantedColumns | undefined): readonly string[] {
  if (columns === undefined) return [];
  return [columns === 'all' ? privilege : `${privilege} (${columns.map(quoteIdentifier).join(', ')})`];
}

/** Words of the list go to the next line where a line would be too long. */
function statement(start: string, list: readonly string[], end: string): string {
  const words = [...list.map((name, index) => (index < list.length - 1 ? `${name},` : name)), end];
  const lines = [start];
  for (const word of words) {
    const line = lines.at(-1) ?? '';
    if (line.length + 1 + word.length > width) lines.push(`  ${word}`);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.join('\n');
}

function quoteTable(table: string): string {
  return table.split('.').map(quoteIdentifier).join('.');
}
