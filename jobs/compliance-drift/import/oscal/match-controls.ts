import { createHash } from 'node:crypto';
import { characters } from '../../../../src/import/cells.ts';
import type { CatalogControl } from './flatten-catalog.ts';
import { longestControlId } from './identifier.ts';
import { sameMeaning } from './same-meaning.ts';

/*
 * Which control of a new release is which one of the database. Rules, links, evidence and justifications belong to a requirement,
 * not to its number, and stay with it:
 *
 * | matched by                                         | the control of the database    |
 * | the publisher's own identity (`alt-identifier`)    | takes the new identifier       |
 * | title and text, unchanged, unique on both sides    | takes the new identifier       |
 * | the id of the file, or else the identifier         | reworded: is updated; another requirement: `replaced` |
 *
 * What no control of the file matches stays as it is. If another requirement has its identifier now, it gets one of its own.
 */

/** A control of the framework as it is in the database. */
export interface StoredControl {
  readonly id: number;
  readonly controlId: string;
  readonly name: string;
  readonly description: string | null;
  /** As the last import found it in a catalog; null: it was in none since they are kept. */
  readonly catalogId: string | null;
  readonly altIdentifier: string | null;
  /** Of title and text in that catalog, in hexadecimal. */
  readonly contentHash: string | null;
  /** The last import found it missing. */
  readonly missing: boolean;
  readonly rules: number;
  readonly links: number;
  /** A person has decided about it: whether it applies, that it is met or accepted, or what is done about it. */
  readonly decided: boolean;
}

export interface Match {
  readonly stored: StoredControl;
  readonly control: CatalogControl;
  /** The identifier names another requirement than before. */
  readonly replaced: boolean;
}

export interface Matching {
  /** By control of the file. */
  readonly matches: ReadonlyMap<CatalogControl, Match>;
  /** In the database, not in the file; those that were in the file before come first. */
  readonly missing: readonly StoredControl[];
  /** Of `missing`: the identifier that each takes because another requirement has its own now. */
  readonly former: ReadonlyMap<StoredControl, string>;
}

/** Of title and text, in hexadecimal. */
export function contentHash({ name, description }: Pick<CatalogControl, 'name' | 'description'>): string {
  return createHash('sha256')
    .update(`${name}\n${description ?? ''}`)
    .digest('hex');
}

export function matchControls(
  stored: readonly StoredControl[],
  controls: readonly CatalogControl[],
): Matching {
  const matches = new Map<CatalogControl, Match>();
  const taken = new Set<StoredControl>();
  const pair = (
    keyOfStored: (one: StoredControl) => string | null,
    keyOfControl: (one: CatalogControl) => string | null,
    replaced: (one: StoredControl, control: CatalogControl) => boolean,
  ) => {
    const [theirs, ours] = [unique(stored, keyOfStored), unique(controls, keyOfControl)];
    for (const [key, control] of ours) {
      const one = theirs.get(key);
      if (one === undefined || taken.has(one) || matches.has(control)) continue;
      taken.add(one);
      matches.set(control, { stored: one, control, replaced: replaced(one, control) });
    }
  };
  const same = () => false;
  const another = (one: StoredControl, control: CatalogControl) =>
    !sameMeaning(
      { title: one.name, text: one.description, altIdentifier: one.altIdentifier },
      { title: control.name, text: control.text, altIdentifier: control.altIdentifier },
    );
  pair(
    (one) => one.altIdentifier,
    (control) => control.altIdentifier,
    same,
  );
  pair((one) => one.contentHash ?? contentHash(one), contentHash, same);
  pair(
    (one) => one.catalogId,
    (control) => control.catalogId,
    another,
  );
  pair(
    (one) => one.controlId,
    (control) => control.controlId,
    another,
  );
  const missing = stored.filter((one) => !taken.has(one));
  return {
    matches,
    missing: [...missing.filter((one) => !one.missing), ...missing.filter((one) => one.missing)],
    former: formerIdentifiers(stored, missing, controls),
  };
}

/** What has a key that nothing else has. */
function unique<T>(all: readonly T[], keyOf: (one: T) => string | null): ReadonlyMap<string, T> {
  const found = new Map<string, T | null>();
  for (const one of all) {
    const key = keyOf(one);
    if (key !== null) found.set(key, found.has(key) ? null : one);
  }
  return new Map([...found].flatMap(([key, one]) => (one === null ? [] : [[key, one] as const])));
}

/** `AC-2-former`, or `AC-2-former-2` where that is taken as well. */
function formerIdentifiers(
  stored: readonly StoredControl[],
  missing: readonly StoredControl[],
  controls: readonly CatalogControl[],
): ReadonlyMap<StoredControl, string> {
  const ofFile = new Set(controls.map(({ controlId }) => controlId));
  const used = new Set([...ofFile, ...stored.map(({ controlId }) => controlId)]);
  const former = new Map<StoredControl, string>();
  for (const one of missing) {
    if (!ofFile.has(one.controlId)) continue;
    for (let number = 1; ; number += 1) {
      const ending = number === 1 ? '-former' : `-former-${number}`;
      const kept = [...one.controlId].slice(0, longestControlId - characters(ending)).join('');
      if (used.has(kept + ending)) continue;
      used.add(kept + ending);
      former.set(one, kept + ending);
      break;
    }
  }
  return former;
}
