import { knownTableNames } from '../policy/known-tables.ts';
import type { ManifestDocument } from '../records/manifest.sql.ts';

/** Tables that others of the known ones point to come first in their list; archives of one table in the order of their numbers. */
export function restoreOrder(archives: readonly ManifestDocument[]): readonly ManifestDocument[] {
  const rank = ({ tables }: ManifestDocument) => knownTableNames.indexOf(tables[0]?.name ?? '');
  return archives.toSorted((a, b) => rank(a) - rank(b) || a.archive - b.archive);
}
