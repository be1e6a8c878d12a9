import { findDecider } from '../../decisions/author.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import { findKind } from '../../records/find-record.ts';
import { type RecordKind, recordWords } from '../../records/record-kind.ts';
import {
  dependentWords,
  lookAtRemoval,
  type Removal,
  refuseProtected,
  removeRecord,
} from '../../records/remove-record.ts';
import { dayOf } from '../../time/calendar-day.ts';
import type { Action, OptionsOf } from '../commands/command-context.ts';
import type { recordsRemove } from '../commands/records.ts';
import { writeJson } from '../render/json.ts';
import { writeLine } from '../render/line.ts';
import { authorOf, readActor } from '../runs/actor.ts';
import { consent } from '../runs/confirm.ts';
import { findRecord, requireOwnDatabase } from '../runs/find-record.ts';
import { readReason } from '../runs/read-reason.ts';
import { withSession } from '../session.ts';
import { removalDocument } from './records-show.ts';

/** `records remove KIND NAME`: shows what would go, asks, and removes it whole. */
export const removing =
  (
    kinds: readonly RecordKind[],
  ): Action<[kind: string, name: string, options: OptionsOf<typeof recordsRemove>]> =>
  (io, globals, typedKind, typed, options) => {
    const kind = findKind(kinds, typedKind);
    const actor = readActor(io, options.as);
    const note = options.reason === undefined ? null : readReason(options.reason);
    const json = options.json === true;
    return withSession(io, globals, { quiet: json }, async (session) => {
      const { database, logger, zones, secrets } = session;
      requireOwnDatabase(session, kind);
      const { id } = await findRecord(database.db, kind, typed, options.framework);
      const today = dayOf(database.clock.now(), zones.business);
      const label = secrets.scrub(database.label);
      let shown: Removal | null = null;
      const ended = await consent(io, options, async () => {
        await findDecider(database.db, actor);
        shown = await lookAtRemoval(database.db, kind, id, today);
        refuseProtected(kind, shown);
        const document = { database: label, kind: kind.name, ...removalDocument(shown) };
        return { words: `remove the ${wordsOf(kind, shown)}`, count: 1, document };
      });
      if (ended !== null) return ended;
      const author = authorOf(session, actor);
      const removed = await removeRecord(database, kind, id, { author, note, today, shown });
      logger.info(
        { 'event.action': 'record.remove', 'labels.record': `${kind.name}:${id}`, 'user.name': actor },
        `${recordWords(kind, removed.record)}: removed by ${actor}`,
      );
      if (json) {
        writeJson(io, {
          database: label,
          kind: kind.name,
          ...removalDocument(removed),
          notes: removed.notes,
        });
        return ExitCode.ok;
      }
      writeLine(io.stdout, `Removed the ${wordsOf(kind, removed)}.`);
      for (const line of [...removed.notes, ...(removed.mail === null ? [] : [removed.mail])])
        writeLine(io.stdout, line);
      return ExitCode.ok;
    });
  };

/** `framework 'NIST 800-53' (number 1) with 1196 controls and 3 rules (2 snapshots stay)`. */
function wordsOf(kind: RecordKind, { record, dependents }: Removal): string {
  const of = (fate: Removal['dependents'][number]['fate']) => dependents.filter((one) => one.fate === fate);
  const [gone, loosened, stays] = [of('removed'), of('loosened'), of('stays')];
  const beside = [
    ...(loosened.length === 0 ? [] : [`without it: ${dependentWords(loosened)}`]),
    ...(stays.length === 0 ? [] : [`kept: ${dependentWords(stays)}`]),
  ];
  return `${recordWords(kind, record)}${gone.length === 0 ? '' : ` with ${dependentWords(gone)}`}${beside.length === 0 ? '' : ` (${beside.join('; ')})`}`;
}
