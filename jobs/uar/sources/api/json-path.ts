/** What an answer has at one place beside its items. */
export type FoundValue =
  | { readonly kind: 'text' | 'word'; readonly text: string }
  | { readonly kind: 'an object' | 'a list' };

/** Names that lead to a place, one after the other; of several ways to the same place the first that is there counts. */
export type JsonPath = readonly (readonly string[])[];

interface Target {
  readonly names: readonly string[];
  /** Null: the list. */
  readonly value: string | null;
  /** The lower, the sooner it counts. */
  readonly rank: number;
}

/** So much of the way to a target leads here. */
export interface Live {
  readonly target: Target;
  readonly depth: number;
}

export const nowhere: readonly Live[] = [];

/** An object or a list that is open at a place of the text. */
export interface Frame {
  readonly array: boolean;
  readonly live: readonly Live[];
  readonly list: boolean;
  /** In an object: what comes is a name. */
  name: boolean;
}

export type Kind = 'an object' | 'a list' | 'text' | 'a number or a word';

export interface JsonListOptions {
  /** The way to the list; `[[]]`: the text is the list. `null` there is an empty one. */
  readonly list: JsonPath;
  /** What else is wanted, by a name of the caller's. */
  readonly values?: Readonly<Record<string, JsonPath>>;
}

/** The whole way to each target lies ahead. */
export function waysTo({ list, values = {} }: JsonListOptions): readonly Live[] {
  const targets = [
    ...list.map((names, rank): Target => ({ names, value: null, rank })),
    ...Object.entries(values).flatMap(([value, path]) =>
      path.map((names, rank): Target => ({ names, value, rank })),
    ),
  ];
  return targets.map((target) => ({ target, depth: 0 }));
}
