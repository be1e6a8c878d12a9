import type { TableShape } from '../policy/table-shape.sql.ts';
import type { ManifestDocument } from '../records/manifest.sql.ts';
import { refused } from './restorable.ts';

/** Does the table still have every column of the archive, of the same type, and none that must have a value and has no default? */
export function checkShape(
  archive: number,
  table: ManifestDocument['tables'][number],
  shape: TableShape | undefined,
): TableShape {
  const next =
    'Bring the table into the form that it had, or restore into a copy of the database that has it.';
  if (shape === undefined) throw refused(archive, `there is no table ${table.name} any more`, next);
  for (const { name, type } of table.columns) {
    const now = shape.columns.find((column) => column.name === name);
    if (now === undefined || now.generated)
      throw refused(archive, `the column ${table.name}.${name} is not there any more`, next);
    if (now.type !== type)
      throw refused(archive, `the column ${table.name}.${name} was ${type} and is ${now.type} now`, next);
  }
  const archived = table.columns.map(({ name }) => name);
  const lacking = shape.columns.find(
    (column) =>
      !archived.includes(column.name) && column.not_null && !column.has_default && !column.generated,
  );
  if (lacking !== undefined)
    throw refused(
      archive,
      `the column ${table.name}.${lacking.name} has come since, must not be empty and has no default`,
      'Give the column a default, and restore again.',
    );
  return shape;
}
