import type { OpenDatabase } from '../../db/database.ts';
import { usage } from '../../errors/usage.ts';
import { pageOf } from '../../notify/notice.ts';
import { namesOf, removedMeanwhile } from '../../records/find-record.ts';
import { readRecord } from '../../records/read-records.ts';
import type { RecordKind, RecordRow } from '../../records/record-kind.ts';
import type { Session } from '../session.ts';
import { findNamed } from './find-named.ts';

/** The records of an OpsDeck are changed on its pages. OperatorError `own_database_only`, exit 2. */
export function requireOwnDatabase(
  { database, config }: Session,
  { one, name, many, plural, page }: RecordKind,
): void {
  if (database.mode === 'standalone') return;
  const where = pageOf(config.appBaseUrl, page) ?? `its page ${page}`;
  throw usage(
    `This is a database of OpsDeck, which keeps its ${many ?? plural} itself: \`records\` is for a database of its own.`,
    `Look for the ${one ?? name} in OpsDeck: ${where}.`,
    'own_database_only',
  );
}

/** The framework of `--framework`; null: none was given. OperatorError exit 2: `usage`, `unknown_framework`. */
export async function readFramework(
  db: OpenDatabase['db'],
  kind: RecordKind,
  typed: string | undefined,
): Promise<number | null> {
  if (typed === undefined) return null;
  if (kind.framework !== true)
    throw usage(`--framework does not narrow ${kind.many ?? kind.plural}.`, 'Leave --framework out.');
  const next = '`records list frameworks` shows the frameworks.';
  return (await findNamed(db, 'framework', typed, { what: 'framework', next })).id;
}

/** The record that is meant by its number or name. OperatorError exit 2: `unknown_…` and, of controls, `ambiguous_control`. */
export async function findRecord(
  db: OpenDatabase['db'],
  kind: RecordKind,
  typed: string,
  frameworkName: string | undefined,
): Promise<RecordRow> {
  const frameworkId = await readFramework(db, kind, frameworkName);
  const next = `\`records list ${kind.plural}\` shows what is there.`;
  const { id } =
    kind.find === undefined
      ? await findNamed(db, namesOf(kind, frameworkId), typed, { what: kind.name, next })
      : await kind.find(db, typed, frameworkId);
  const record = await readRecord(db, kind, id);
  if (record === null) throw removedMeanwhile(kind, id);
  return record;
}
