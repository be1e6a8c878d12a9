import { ExitCode } from '../../errors/exit-code.ts';
import {
  type ChangedRecord,
  renameRecord,
  requireRename,
  requireState,
  switchRecord,
} from '../../records/change-record.ts';
import { findKind } from '../../records/find-record.ts';
import { type RecordKind, type RecordRow, recordWords } from '../../records/record-kind.ts';
import type { Action, OptionsOf } from '../commands/command-context.ts';
import type { recordsRename } from '../commands/records.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeLine } from '../render/line.ts';
import { authorOf, readActor } from '../runs/actor.ts';
import { findRecord, requireOwnDatabase } from '../runs/find-record.ts';
import { readReason } from '../runs/read-reason.ts';
import { type Session, withSession } from '../session.ts';

type Options = OptionsOf<typeof recordsRename>;

/** `records rename KIND NAME NEW-NAME`. */
export const renaming =
  (kinds: readonly RecordKind[]): Action<[kind: string, name: string, newName: string, options: Options]> =>
  (io, globals, typedKind, typed, name, options) => {
    const kind = findKind(kinds, typedKind);
    requireRename(kind);
    const words = { done: `is named '${name.trim()}' now`, already: 'has that name already', effect: null };
    return change(io, globals, kind, { ...options, typed, verb: 'rename', words }, (session, { id }, stamp) =>
      renameRecord(session.database, kind, id, name, stamp),
    );
  };

/** `records enable|disable KIND NAME`. */
export const switching =
  (kinds: readonly RecordKind[], enabled: boolean): Action<[kind: string, name: string, options: Options]> =>
  (io, globals, typedKind, typed, options) => {
    const kind = findKind(kinds, typedKind);
    const verb = enabled ? 'enable' : 'disable';
    const effect = requireState(kind)[`${verb}d`];
    const words = { done: `is ${verb}d`, already: `is ${verb}d already`, effect };
    return change(io, globals, kind, { ...options, typed, verb, words }, (session, { id }, stamp) =>
      switchRecord(session.database, kind, id, enabled, stamp),
    );
  };

interface Change extends Options {
  readonly typed: string;
  readonly verb: 'rename' | 'enable' | 'disable';
  readonly words: { readonly done: string; readonly already: string; readonly effect: string | null };
}

async function change(
  io: Io,
  globals: GlobalOptions,
  kind: RecordKind,
  { typed, verb, words, framework, reason, as }: Change,
  work: (
    session: Session,
    record: RecordRow,
    stamp: Parameters<typeof renameRecord>[4],
  ) => Promise<ChangedRecord>,
): Promise<ExitCode> {
  const actor = readActor(io, as);
  const note = reason === undefined ? null : readReason(reason);
  return withSession(io, globals, {}, async (session) => {
    requireOwnDatabase(session, kind);
    const found = await findRecord(session.database.db, kind, typed, framework);
    const author = authorOf(session, actor);
    const { record, changed, notes, mail } = await work(session, found, { author, note });
    const what = recordWords(kind, record);
    const subject = `${what.charAt(0).toUpperCase()}${what.slice(1)}`;
    if (!changed) {
      writeLine(io.stdout, `${subject} ${words.already}; nothing was changed.`);
      return ExitCode.ok;
    }
    session.logger.info(
      { 'event.action': `record.${verb}`, 'labels.record': `${kind.name}:${record.id}`, 'user.name': actor },
      `${what}: ${verb} by ${actor}`,
    );
    writeLine(io.stdout, `${subject} ${words.done}${words.effect === null ? '' : `: ${words.effect}`}.`);
    for (const line of [...notes, ...(mail === null ? [] : [mail])]) writeLine(io.stdout, line);
    return ExitCode.ok;
  });
}
