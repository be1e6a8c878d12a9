/** Columns of a table; `all`: the whole table, with what later versions add. */
export type GrantedColumns = 'all' | readonly string[];

/** What a role may do with one table. Whoever inserts into a table of OpsDeck's may use its sequence. */
export interface TableGrant {
  /** Of OpsDeck's by its plain name, ours with `opsdeck_jobs.` in front. */
  readonly table: string;
  readonly select?: GrantedColumns;
  readonly insert?: true;
  readonly update?: GrantedColumns;
  readonly delete?: true;
  /** OpsDeck's revision that brought the table; undefined: 0.6.10 has it. */
  readonly since?: string;
}

/** One right in the form in which a database is asked for it. */
export interface Right {
  readonly kind: 'table' | 'sequence' | 'schema';
  /** As in {@link TableGrant.table}. */
  readonly name: string;
  /** null: of all. */
  readonly column: string | null;
  readonly privilege: 'select' | 'insert' | 'update' | 'delete' | 'usage';
}

/** Each right of the grants by itself. */
export function rightsOf(grants: readonly TableGrant[]): readonly Right[] {
  return grants.flatMap((grant): readonly Right[] => {
    const { table: name } = grant;
    const ofTable = (privilege: Right['privilege']): Right => ({
      kind: 'table',
      name,
      column: null,
      privilege,
    });
    const ofColumns = (privilege: 'select' | 'update'): readonly Right[] => {
      const columns = grant[privilege];
      if (columns === undefined) return [];
      if (columns === 'all') return [ofTable(privilege)];
      return columns.map((column) => ({ kind: 'table', name, column, privilege }));
    };
    const sequence = sequenceOf(grant);
    return [
      ...ofColumns('select'),
      ...(grant.insert === true ? [ofTable('insert')] : []),
      ...ofColumns('update'),
      ...(grant.delete === true ? [ofTable('delete')] : []),
      ...(sequence === null
        ? []
        : [{ kind: 'sequence', name: sequence, column: null, privilege: 'usage' } as const]),
    ];
  });
}

/** Each table once, with all that any of the grants gives on it. */
export function mergedGrants(grants: readonly TableGrant[]): readonly TableGrant[] {
  const since = new Map(grants.map((grant) => [grant.table, grant.since]));
  return grantsOf(rightsOf(grants)).map((grant): TableGrant => {
    const revision = since.get(grant.table);
    return revision === undefined ? grant : { ...grant, since: revision };
  });
}

/** What {@link rightsOf} took apart, put together again: one grant a table. */
export function grantsOf(rights: readonly Right[]): readonly TableGrant[] {
  const tables = new Map<string, TableGrant>();
  for (const { kind, name, column, privilege } of rights) {
    if (kind !== 'table') continue;
    const grant = tables.get(name) ?? { table: name };
    tables.set(name, { ...grant, ...withRight(grant, column, privilege) });
  }
  return [...tables.values()];
}

function withRight(
  grant: TableGrant,
  column: string | null,
  privilege: Right['privilege'],
): Partial<TableGrant> {
  if (privilege === 'usage') return {};
  if (privilege === 'insert' || privilege === 'delete') return { [privilege]: true };
  const known = grant[privilege];
  if (column === null || known === 'all') return { [privilege]: 'all' };
  return { [privilege]: [...new Set([...(known ?? []), column])] };
}

/** null: it needs none. */
export function sequenceOf({ table, insert }: TableGrant): string | null {
  return insert === true && !table.includes('.') ? `${table}_id_seq` : null;
}
