import type { ColumnType } from 'kysely';

/** `timestamptz`: an instant, read as a Date. */
export type Instant = ColumnType<Date, Date | string, Date | string>;
export type NullableInstant = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;

/**
 * `timestamp without time zone`: wall clock in the stored zone. Read it with `… at time zone $stored` (a Date) and write it
 * with `instant at time zone $stored`; the bare text is for nothing but passing on.
 */
export type StoredTimestamp = ColumnType<string, string, string>;
export type NullableStoredTimestamp = ColumnType<string | null, string | null | undefined, string | null>;

/** `date`: a calendar date, `YYYY-MM-DD`, never a Date. */
export type CalendarDate = ColumnType<string, string, string>;
export type NullableCalendarDate = ColumnType<string | null, string | null | undefined, string | null>;

/** `json` or `jsonb`: read parsed, written as JSON text. */
export type JsonColumn<T> = ColumnType<T, string, string>;
export type NullableJsonColumn<T> = ColumnType<T | null, string | null | undefined, string | null>;

/** `bytea`: a Buffer from both drivers. */
export type Bytes = ColumnType<Buffer, Buffer, Buffer>;
