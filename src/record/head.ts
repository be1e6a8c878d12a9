import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../db/tables.ts';

const chainState = z.object({ count: z.int().min(0), hash: z.string() });
export const chainStates = z.record(z.string(), chainState);
/** By chain: how many it has, and its hash, hexadecimal. */
export type ChainStates = z.output<typeof chainStates>;

/** A head without its hash. */
export interface HeadContent {
  readonly number: number;
  readonly day: string;
  readonly takenAt: Date;
  /** Of the head before, hexadecimal. */
  readonly previous: string;
  /** JSON text, as it is stored. */
  readonly chains: string;
}

/** What people are given to keep. */
export interface RecordHead {
  readonly number: number;
  readonly day: string;
  /** Hexadecimal. */
  readonly hash: string;
}

/** What the first head follows, and what a chain without links has. */
export const noHash = '0'.repeat(64);

/** Never changed: heads that people keep are of it. */
export function hashOfHead({ number, day, takenAt, previous, chains }: HeadContent): string {
  return sha256(JSON.stringify([1, number, day, takenAt.toISOString(), previous, chains]));
}

/** The hash of a table's rows up to a head: of those before, and of those that this head added. */
export function hashOfRows(before: string, segment: string): string {
  return sha256(before + segment);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** null: there is none yet. */
export async function readNewestHead(db: Kysely<Database>): Promise<(RecordHead & HeadContent) | null> {
  const { rows } = await sql<{
    number: number;
    day: string;
    taken_at: Date;
    previous: string;
    chains: string;
    hash: string;
  }>`
    select number, day::text as day, taken_at, encode(previous_hash, 'hex') as previous, chains::text as chains,
           encode(head_hash, 'hex') as hash
      from opsdeck_jobs.record_head order by number desc limit 1`.execute(db);
  const [row] = rows;
  if (row === undefined) return null;
  const { taken_at: takenAt, ...rest } = row;
  return { ...rest, takenAt };
}

/** `2026-11-30: sha256 ab…`. */
export function headWords({ day, hash }: Pick<RecordHead, 'day' | 'hash'>): string {
  return `Record head of ${day}: sha256 ${hash}`;
}
