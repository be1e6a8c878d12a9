/** OpsDeck's names that PostgreSQL keeps for itself. */
const reserved = new Set(['user', 'group', 'order', 'default', 'table', 'column', 'check', 'references']);

/** A name as it may stand in a statement. */
export function quoteIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) && !reserved.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
