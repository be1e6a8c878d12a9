import type { Kysely } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { Zones } from '../time/zones.ts';
import type { Severity } from './severity.ts';

/** One matter that needs a person now: a line of `status`. */
export interface AttentionItem {
  readonly severity: Severity;
  /** One clause with its count and what it is about: `2 quarantined rates: TRY, USD`. */
  readonly what: string;
  /** null: not known. */
  readonly since: Date | null;
  /** The command that deals with it, or shows more of it; without the program's name. */
  readonly next: string;
}

/** What a job knows to need a person, from its own tables: one statement, whatever they hold. `now`: business time. */
export type ReadAttention = (
  db: Kysely<Database>,
  moment: { readonly zones: Zones; readonly now: Date },
) => Promise<readonly AttentionItem[]>;
