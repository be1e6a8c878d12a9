import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Period } from '../../../src/cli/runs/read-period.ts';
import type { Database } from '../../../src/db/tables.ts';
import type { Json, JsonObject } from '../../../src/text/json.ts';
import type { Mask } from '../people/mask.ts';
import { type AuditFormat, type AuditPart, reportFiles } from './audit-list.ts';
import { tableForms } from './table-report.ts';

const fetched = 1000;

/**
 * What was decided in the period, oldest first.
 *
 * @param whole masks a text that is a person as a whole; null: names stay.
 */
export function decisionsPart(
  db: Kysely<Database>,
  { period, whole }: { readonly period: Period; readonly whole: Mask | null },
  format: AuditFormat,
): Promise<AuditPart> {
  return logPart(db, period, format, {
    ...(whole === null ? {} : { shown: (value) => withMaskedKey(value, whole) }),
    ...{ place: '10-decisions', title: 'Decisions', source: 'opsdeck_jobs.action_log' },
    about: 'What people decided, as the action log has it.',
    filter: `recorded ${period.words}`,
    columns: ['at', 'id', 'by', 'action', 'about', 'before', 'after', 'note'],
    rows: sql`select at as place, id, actor as by, action, subject as about, before, after, note from opsdeck_jobs.action_log`,
  });
}

/** Alerts that were sent in the period, oldest first; with what they were about, without their text. */
export function alertsPart(db: Kysely<Database>, period: Period, format: AuditFormat): Promise<AuditPart> {
  return logPart(db, period, format, {
    ...{ place: '08-alerts-sent', title: 'Alerts sent', source: 'opsdeck_jobs.message' },
    about: 'Messages that the mail server or provider accepted, by event and destination.',
    filter: `of a job, accepted ${period.words}`,
    columns: ['at', 'id', 'job', 'event', 'channel', 'destination', 'run_id', 'attempts', 'provider_id'],
    rows: sql`select finished_at as place, id, job, event_code as event, channel, destination, run_id, attempts, provider_id
                from opsdeck_jobs.message where state = 'sent' and origin = 'job'`,
  });
}

interface Log {
  readonly place: string;
  readonly title: string;
  readonly source: string;
  readonly about: string;
  readonly filter: string;
  /** `at` and `id` first. */
  readonly columns: readonly string[];
  /** `place`: the time that it is ordered by; `id`; and the columns. */
  readonly rows: RawBuilder<unknown>;
  /** What of an object is shown; undefined: all of it. */
  readonly shown?: (value: JsonObject) => JsonObject;
}

/** The key of an exception is a person, whatever it looks like. */
function withMaskedKey(value: JsonObject, whole: Mask): JsonObject {
  const { key } = value;
  return typeof key === 'string' ? { ...value, key: whole(key) } : value;
}

type LogRow = Readonly<Record<string, Json | Date>>;

async function logPart(
  db: Kysely<Database>,
  period: Period,
  format: AuditFormat,
  log: Log,
): Promise<AuditPart> {
  const { place, title, source, about, filter, columns } = log;
  const within = sql`(${log.rows}) r where r.place between ${period.from.toISOString()}::timestamptz and ${period.to.toISOString()}::timestamptz`;
  const counted = await sql<{ count: number }>`select count(*)::integer as count from ${within}`.execute(db);
  const forms = tableForms({ title, about, columns, rows: () => logRows(db, within, log) }, format.origin);
  return {
    missing: [],
    lists: [
      {
        ...{ place, title, source, filter },
        count: counted.rows[0]?.count ?? 0,
        files: reportFiles(place, forms, format),
      },
    ],
  };
}

/** A few in memory at a time. The cursor is text: a Date has no microseconds. */
async function* logRows(
  db: Kysely<Database>,
  within: RawBuilder<unknown>,
  { columns, shown }: Log,
): AsyncGenerator<readonly string[]> {
  let cursor: string | null = null;
  let id: string | null = null;
  for (;;) {
    const { rows }: { readonly rows: readonly LogRow[] } = await sql<LogRow>`
      select r.place::text as cursor, r.place as at, r.* from ${within}
         and (${cursor}::timestamptz is null or (r.place, r.id) > (${cursor}::timestamptz, ${id}::uuid))
       order by r.place, r.id limit ${sql.lit(fetched)}`.execute(db);
    for (const row of rows) yield columns.map((name) => textOf(row[name] ?? null, shown));
    const last = rows.at(-1);
    if (last === undefined || rows.length < fetched) return;
    cursor = String(last['cursor']);
    id = String(last['id']);
  }
}

function textOf(value: Json | Date, shown: Log['shown']): string {
  if (value === null) return '';
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object') return String(value);
  return JSON.stringify(shown === undefined || isList(value) ? value : shown(value));
}

function isList(value: JsonObject | readonly Json[]): value is readonly Json[] {
  return Array.isArray(value);
}
