import type { RecordKind } from '../../records/record-kind.ts';
import { type DeclareCommand, lazy, noun, withHelpSection } from './command-context.ts';
import {
  recordsDisable,
  recordsEnable,
  recordsList,
  recordsRemove,
  recordsRename,
  recordsShow,
} from './records.ts';

type LoadKinds = () => Promise<readonly RecordKind[]>;

/** `records`: each kind is declared by the job that owns its table. */
export function declareRecords(load: LoadKinds): DeclareCommand {
  const declaration = noun(
    'records',
    'List, rename, disable and remove what was imported into a database of its own',
    [
      lazy(recordsList, async () => (await import('../actions/records-list.ts')).listing(await load())),
      lazy(recordsShow, async () => (await import('../actions/records-show.ts')).showing(await load())),
      lazy(recordsRename, async () => (await import('../actions/records-change.ts')).renaming(await load())),
      lazy(recordsEnable, async () =>
        (await import('../actions/records-change.ts')).switching(await load(), true),
      ),
      lazy(recordsDisable, async () =>
        (await import('../actions/records-change.ts')).switching(await load(), false),
      ),
      lazy(recordsRemove, async () => (await import('../actions/records-remove.ts')).removing(await load())),
    ],
    'records list frameworks',
    'records remove framework "NIST 800-53" --dry-run',
  );
  return withHelpSection(declaration, async () => {
    const kinds = await load();
    return `Kinds: ${kinds.map(({ plural }) => plural).join(', ')}.\n`;
  });
}
