import { usage } from '../../../src/cli/runs/report-output.ts';
import type { OpenDatabase } from '../../../src/db/open-database.ts';
import { largestInteger } from '../../../src/import/cells.ts';
import { nearest } from '../../../src/suggest.ts';
import { findItemName, type ItemReference } from '../decide-holds.sql.ts';
import { itemKinds } from '../item.ts';

/** `certificate:12`, also written `certificate/12` or `certificate 12`. OperatorError `usage`, exit 2. */
export function readItem(text: string): ItemReference {
  const [, word = '', digits = ''] = /^([a-z]+)[:/ ](\d{1,10})$/i.exec(text.trim()) ?? [];
  const kind = itemKinds.find((one) => one === word.toLowerCase());
  const id = Number(digits);
  if (kind !== undefined && id >= 1 && id <= largestInteger) return { kind, id };
  const suggestion = kind === undefined ? nearest(word, itemKinds) : undefined;
  throw usage(
    `'${text}' is not an item${suggestion === undefined ? '.' : `; did you mean '${suggestion}:${digits}'?`}`,
    `Give its kind and number, such as certificate:12. The kinds are: ${itemKinds.join(', ')}.`,
  );
}

/** Its name. @throws OperatorError `usage` (exit 2) when there is no such item. */
export async function requireItem(db: OpenDatabase['db'], item: ItemReference): Promise<string> {
  const name = await findItemName(db, item);
  if (name !== undefined) return name;
  throw usage(
    `There is no ${item.kind} ${item.id}.`,
    'Look for its number with `report expiry`, or in the address of its page in OpsDeck.',
  );
}
