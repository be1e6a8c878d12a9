import { ExitCode } from '../../../src/errors/exit-code.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';
import { findKnownTable } from '../policy/known-tables.ts';
import type { ManifestDocument, StoredManifest } from '../records/manifest.sql.ts';

export function refused(archive: number, message: string, next: string): OperatorError {
  return new OperatorError({
    code: 'restore_refused',
    message: `Archive ${archive} was not restored: ${message}.`,
    next,
    exitCode: ExitCode.failed,
  });
}

/** The manifest as something to restore from; refuses one that was changed, one of tables that are not known, and one that kept nothing. */
export function restorable({ id, document, intact }: StoredManifest): ManifestDocument {
  if (document === null || !intact)
    throw refused(id, 'its manifest is not what was written', 'Look with `verify archives`.');
  if (!isOfPolicies(document))
    throw refused(
      id,
      'its manifest names tables that no policy takes rows from',
      'Look with `verify archives`.',
    );
  if (document.place === null)
    throw refused(id, `its policy kept nothing (${document.action})`, 'There is nothing to restore from.');
  if (document.action === 'archive_only')
    throw refused(
      id,
      'its rows were copied and never deleted',
      'They are in their table, unless somebody else deleted them there.',
    );
  return document;
}

/**
 * Whoever may write manifests, and nothing else, must not reach another table through somebody who restores. The chain of hashes is
 * no help: it has no key.
 */
function isOfPolicies({ tables: [own, ...others] }: ManifestDocument): boolean {
  const known = own === undefined ? undefined : findKnownTable(own.name);
  return known !== undefined && others.every(({ name }) => known.related.some(({ table }) => table === name));
}
