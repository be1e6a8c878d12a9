import type { Bytes, CalendarDate, Instant, JsonColumn } from './column-types.ts';

/** One head a day over all chains; see `src/record/take-head.ts`. */
export interface RecordHeadTable {
  number: number;
  /** In the business zone. */
  day: CalendarDate;
  taken_at: Instant;
  /** By chain: how many it has, and its hash, hexadecimal. */
  chains: JsonColumn<Record<string, { count: number; hash: string }>>;
  /** Of the head before; 32 zero bytes at the first. Unique: heads cannot fork. */
  previous_hash: Bytes;
  head_hash: Bytes;
}

/** A row of an append-only table as a head saw it. */
export interface RecordRowTable {
  table_name: string;
  row_key: string;
  /** Of the row that it is removed with; null: it is removed by itself. */
  parent_key: string | null;
  head: number;
  /** null: what identified a person was erased. */
  salt: Bytes | null;
  person_hash: Bytes;
  row_hash: Bytes;
}

/** The answer of a time stamping service about a head; see `src/record/timestamp/protocol.ts`. */
export interface RecordTimestampTable {
  head: number;
  url: string;
  /** What the service says. */
  stamped_at: Instant;
  /** TimeStampResp of RFC 3161, DER. */
  response: Bytes;
}

export interface RecordTables {
  'opsdeck_jobs.record_head': RecordHeadTable;
  'opsdeck_jobs.record_row': RecordRowTable;
  'opsdeck_jobs.record_timestamp': RecordTimestampTable;
}
