import { type RawBuilder, sql } from 'kysely';
import type { KeySettings } from './settings.ts';
import { type FoldingCollation, isVisible, leniently } from './text.sql.ts';

/** The key as it is compared. NULL, an empty one and one of white space or characters without a width are no key: NULL or empty. */
export function comparedKey(
  column: RawBuilder<unknown>,
  settings: KeySettings,
  collation: FoldingCollation,
): RawBuilder<unknown> {
  const key = visibleKey(column, settings, collation);
  return sql`case when ${isVisible(settings.strip_domain === false ? column : key)} then ${key} end`;
}

/** The same of a row that is known to have a key: to look whether it has one costs more than all else. */
export function visibleKey(
  column: RawBuilder<unknown>,
  { trim, unicode_nfc: accents, case_fold: letterCase, strip_domain }: KeySettings,
  collation: FoldingCollation,
): RawBuilder<unknown> {
  return withoutDomain(leniently(column, { trim, accents, letterCase }, collation), strip_domain);
}

function withoutDomain(key: RawBuilder<unknown>, which: boolean | string): RawBuilder<unknown> {
  if (which === false) return key;
  // After the last @: a quoted local part may hold another one.
  if (which === true) return sql`regexp_replace(${key}, '@[^@]*$', '')`;
  const domain = `@${which.replace(/^@/, '')}`;
  const length = [...domain].length;
  // Domains are the same in capital letters, whatever the rest of the key is.
  return sql`case when lower(right(${key}, ${length}::int) collate "C") = lower(${domain}::text collate "C")
                  then left(${key}, ${-length}::int) else ${key} end`;
}
