import type { RawBuilder } from 'kysely';
import type { JsonObject } from '../../text/json.ts';
import type { Day } from '../../time/day.ts';
import type { Zones } from '../../time/zones.ts';

/** What the variables of a moment depend on. */
export interface VariableScope {
  readonly zones: Zones;
  readonly today: Day;
  /** OpsDeck's public address without a slash at its end; undefined: there are no links. */
  readonly appBaseUrl: string | undefined;
}

/** How the variables of one kind of row are found. */
export interface MessageKind {
  readonly table: string;
  /** Columns `key` and `variables`. */
  readonly query: (keys: readonly number[], scope: VariableScope) => RawBuilder<unknown>;
  /** The variables of a row that SQL alone does not make. */
  readonly finish?: (variables: JsonObject, scope: VariableScope) => JsonObject;
}

/** By what a row is about: its `target_type`. */
export type MessageKinds = Readonly<Record<string, MessageKind | undefined>>;
