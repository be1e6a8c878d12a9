import type { OpenDatabase } from '../../../src/db/database.ts';
import { usage } from '../../../src/errors/usage.ts';
import { largestInteger } from '../../../src/import/cells.ts';
import { count } from '../../../src/text/count.ts';
import { nearest } from '../../../src/text/suggest.ts';
import { findItems, type NamedItem } from '../decide-holds.sql.ts';
import { type ItemKind, itemKinds } from '../item.ts';

/** An item as it was typed: its kind, and its number or its name. */
export type TypedItem = { readonly kind: ItemKind } & ({ readonly id: number } | { readonly name: string });

/** `certificate:12`, or with its name `certificate:www.example.org`. OperatorError `usage`, exit 2. */
export function readItem(text: string): TypedItem {
  const [, word = '', rest = ''] = /^([a-z]+)[:/ ](.+)$/is.exec(text.trim()) ?? [];
  const kind = itemKinds.find((one) => one === word.toLowerCase());
  if (kind === undefined) {
    const suggestion = nearest(word.toLowerCase(), itemKinds);
    throw usage(
      `'${text}' is not an item${suggestion === undefined ? '.' : `; did you mean '${suggestion}:${rest}'?`}`,
      `Give its kind and its number or name, such as certificate:12. The kinds are: ${itemKinds.join(', ')}.`,
    );
  }
  const id = /^\d{1,10}$/.test(rest) ? Number(rest) : 0;
  return id >= 1 && id <= largestInteger ? { kind, id } : { kind, name: rest.trim() };
}

/** The item that is meant. OperatorError `usage`, exit 2, when there is no such item, or several have the name. */
export async function requireItem(db: OpenDatabase['db'], typed: TypedItem): Promise<NamedItem> {
  const found = await findItems(db, typed);
  const [item, ...others] = found;
  const what = 'id' in typed ? String(typed.id) : `with the name '${typed.name}'`;
  if (item === undefined)
    throw usage(`There is no ${typed.kind} ${what}.`, '`expiry list` shows the items and their numbers.');
  if (others.length === 0) return item;
  throw usage(
    `${count(found.length, 'item')} of the kind ${typed.kind} have the name ${'name' in typed ? `'${typed.name}'` : what}.`,
    `Give the number of one: ${found
      .slice(0, 20)
      .map(({ kind, id }) => `${kind}:${id}`)
      .join(', ')}.`,
  );
}
