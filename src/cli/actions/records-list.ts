import { ExitCode } from '../../errors/exit-code.ts';
import { usage } from '../../errors/usage.ts';
import type { Report } from '../../job/report.ts';
import { findKind } from '../../records/find-record.ts';
import { countRecords, listRecords } from '../../records/read-records.ts';
import type { RecordKind, RecordRow } from '../../records/record-kind.ts';
import { count } from '../../text/count.ts';
import type { Action, OptionsOf } from '../commands/command-context.ts';
import type { recordsList } from '../commands/records.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import { readFramework, requireOwnDatabase } from '../runs/find-record.ts';
import { printReport } from '../runs/print-report.ts';
import { readCount } from '../runs/read-count.ts';
import { withSession } from '../session.ts';

type Options = OptionsOf<typeof recordsList>;

/** `records list [KIND] [TEXT]`. */
export const listing =
  (
    kinds: readonly RecordKind[],
  ): Action<[kind: string | undefined, text: string | undefined, options: Options]> =>
  (io, globals, kind, text, options) =>
    kind === undefined
      ? listKinds(io, globals, kinds, options)
      : listKind(io, globals, findKind(kinds, kind), text, options);

async function listKinds(
  io: Io,
  globals: GlobalOptions,
  kinds: readonly RecordKind[],
  { framework, json }: Options,
): Promise<ExitCode> {
  if (framework !== undefined)
    throw usage('--framework needs a kind.', 'Name one: controls, rules or links.');
  return withSession(io, globals, { quiet: json === true }, async (session) => {
    const { database, secrets } = session;
    for (const kind of kinds.slice(0, 1)) requireOwnDatabase(session, kind);
    const counts = await countRecords(database.db, kinds);
    const rows = kinds.map((kind, place) => ({ kind, rows: counts[place] ?? 0 }));
    if (json === true) {
      const list = rows.map(({ kind: { name, plural }, rows }) => ({ kind: name, plural, records: rows }));
      writeJson(io, { database: secrets.scrub(database.label), kinds: list });
    } else {
      printReport(io, [
        {
          kind: 'table',
          columns: ['kind', 'records', 'verbs'],
          rows: rows.map(({ kind, rows }) => [kind.plural, String(rows), verbsOf(kind).join(', ')]),
        },
      ]);
    }
    return ExitCode.ok;
  });
}

function verbsOf({ rename, state }: RecordKind): readonly string[] {
  return [
    ...['list', 'show'],
    ...(rename === undefined ? [] : ['rename']),
    ...(state === undefined ? [] : ['enable', 'disable']),
    'remove',
  ];
}

async function listKind(
  io: Io,
  globals: GlobalOptions,
  kind: RecordKind,
  text: string | undefined,
  options: Options,
): Promise<ExitCode> {
  const limit = readCount(options.limit, '--limit', 100_000);
  const json = options.json === true;
  return withSession(io, globals, { quiet: json }, async (session) => {
    const { database, secrets } = session;
    requireOwnDatabase(session, kind);
    const frameworkId = await readFramework(database.db, kind, options.framework);
    const filter = { text: text?.trim() ?? null, frameworkId, limit };
    const { records, total } = await listRecords(database.db, kind, filter);
    if (json) {
      writeJson(io, {
        database: secrets.scrub(database.label),
        kind: kind.name,
        total,
        records: records.map(recordDocument),
      });
    } else printReport(io, report(kind, records, total));
    return ExitCode.ok;
  });
}

/** A record for programs. */
export function recordDocument({ id, name, enabled, details }: RecordRow) {
  return { id, name, ...(enabled === null ? {} : { enabled }), ...details };
}

function report(kind: RecordKind, records: readonly RecordRow[], total: number): Report {
  const { name, one = name, plural, many = plural, state, details } = kind;
  if (records.length === 0) return [{ kind: 'line', text: `No ${one} was found.` }];
  return [
    {
      kind: 'table',
      columns: ['number', 'name', ...(state === undefined ? [] : ['state']), ...details],
      rows: records.map((record) => [
        String(record.id),
        record.name,
        ...(state === undefined ? [] : [record.enabled === true ? 'enabled' : 'disabled']),
        ...details.map((column) => record.details[column] ?? ''),
      ]),
    },
    ...(total > records.length
      ? [
          {
            kind: 'line',
            text: `${records.length} of ${count(total, one, many)}; --limit shows more.`,
          } as const,
        ]
      : []),
  ];
}
