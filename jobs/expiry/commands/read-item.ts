import { findNamed } from '../../../src/cli/runs/find-named.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { usage } from '../../../src/errors/usage.ts';
import { nearest } from '../../../src/text/suggest.ts';
import type { NamedItem } from '../decide-holds.sql.ts';
import { type ItemKind, itemKinds, kindWords } from '../item.ts';
import { namesOf, readableKinds } from '../item-names.sql.ts';

/** An item as it was typed: its kind, and its number or its name. */
export interface TypedItem {
  readonly kind: ItemKind;
  readonly text: string;
}

/** `certificate:12`, or with its name `certificate:www.example.org`. OperatorError `usage`, exit 2. */
export function readItem(typed: string): TypedItem {
  const [, word = '', text = ''] = /^([a-z_]+)[:/ ](.+)$/is.exec(typed.trim()) ?? [];
  const kind = itemKinds.find((one) => one === word.toLowerCase());
  if (kind !== undefined) return { kind, text };
  const suggestion = nearest(word, itemKinds);
  throw usage(
    `'${typed}' is not an item${suggestion === undefined ? '.' : `; did you mean '${suggestion}:${text}'?`}`,
    `Give its kind and its number or name, such as certificate:12. The kinds are: ${itemKinds.join(', ')}.`,
  );
}

/** The item that is meant. OperatorError `unknown_…`, exit 2, when it is not exactly one. */
export async function requireItem(db: OpenDatabase['db'], { kind, text }: TypedItem): Promise<NamedItem> {
  const next = '`expiry list` shows the items that have a date.';
  if (!(await readableKinds(db, [kind])).includes(kind)) {
    throw usage(
      `This database has no ${kindWords[kind].many}, or this role may not read them.`,
      '`doctor` names the rights that are missing.',
    );
  }
  return { kind, ...(await findNamed(db, namesOf(kind), text, { what: kind, next })) };
}
