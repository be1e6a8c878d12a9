import { ExitCode } from '../../errors/exit-code.ts';
import type { Report } from '../../job/report.ts';
import { findKind } from '../../records/find-record.ts';
import type { DependentCount, Fate } from '../../records/read-records.ts';
import { type RecordKind, recordWords } from '../../records/record-kind.ts';
import { lookAtRemoval, type Removal } from '../../records/remove-record.ts';
import { dayOf } from '../../time/calendar-day.ts';
import type { Action, OptionsOf } from '../commands/command-context.ts';
import type { recordsShow } from '../commands/records.ts';
import { writeJson } from '../render/json.ts';
import { findRecord, requireOwnDatabase } from '../runs/find-record.ts';
import { printReport } from '../runs/print-report.ts';
import { withSession } from '../session.ts';
import { recordDocument } from './records-list.ts';

/** What a removal does to what depends on the record. */
const fates: Readonly<Record<Fate, string>> = {
  evidence: 'prevents a removal',
  removed: 'is removed with it',
  loosened: 'loses it',
  stays: 'stays',
};

/** `records show KIND NAME`: the record, and what depends on it. */
export const showing =
  (
    kinds: readonly RecordKind[],
  ): Action<[kind: string, name: string, options: OptionsOf<typeof recordsShow>]> =>
  (io, globals, typedKind, typed, { framework, json }) => {
    const kind = findKind(kinds, typedKind);
    return withSession(io, globals, { quiet: json === true }, async (session) => {
      const { database, zones, secrets } = session;
      requireOwnDatabase(session, kind);
      const { id } = await findRecord(database.db, kind, typed, framework);
      const today = dayOf(database.clock.now(), zones.business);
      const removal = await lookAtRemoval(database.db, kind, id, today);
      if (json === true) {
        writeJson(io, {
          database: secrets.scrub(database.label),
          kind: kind.name,
          ...removalDocument(removal),
        });
      } else printReport(io, report(kind, removal));
      return ExitCode.ok;
    });
  };

/** A record with what depends on it, for programs. */
export function removalDocument({ record, dependents, held }: Removal) {
  return {
    record: recordDocument(record),
    dependents: dependents.map(({ many, table, rows, fate }) => ({ what: many, table, rows, fate })),
    legal_holds: held.map(({ table, holds }) => ({ table, holds })),
  };
}

function report(kind: RecordKind, { record, dependents, held }: Removal): Report {
  const words = recordWords(kind, record);
  const state = record.enabled === null ? '' : record.enabled ? ': enabled' : ': disabled';
  return [
    { kind: 'heading', text: `${words.charAt(0).toUpperCase()}${words.slice(1)}${state}` },
    ...[...kind.details, ...(kind.more ?? [])].flatMap((column) => {
      const value = record.details[column] ?? '';
      const title = `${column.charAt(0).toUpperCase()}${column.slice(1)}`;
      return value === '' ? [] : [{ kind: 'line', text: `${title}: ${value}` } as const];
    }),
    dependents.length === 0
      ? { kind: 'line', text: 'Nothing depends on it.' }
      : {
          kind: 'table',
          columns: ['depends on it', 'rows', 'when it is removed'],
          rows: dependents.map(dependentRow),
        },
    ...held.map(
      ({ table, holds }) =>
        ({
          kind: 'line',
          text: `Legal hold ${holds.join(', ')} protects rows of ${table}: it cannot be removed.`,
          tone: 'warning',
        }) as const,
    ),
  ];
}

function dependentRow({ one, many, rows, fate }: DependentCount): readonly string[] {
  return [rows === 1 ? one : many, String(rows), fates[fate]];
}
