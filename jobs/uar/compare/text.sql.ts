import { type RawBuilder, sql } from 'kysely';

/** Collations that know every letter, the best first; which of them there is depends on the server's version and build. */
export const foldingCollations = ['pg_unicode_fast', 'pg_c_utf8', 'und-x-icu'] as const;
/** Null: the database's own, which in an old database with the locale C knows the letters of ASCII alone. */
export type FoldingCollation = (typeof foldingCollations)[number] | null;

/** What does not count when texts are compared. */
export interface Leniency {
  /** White space before and after, and whether a line ends with CRLF or LF. */
  readonly trim: boolean;
  /** Which of several spellings of a letter with an accent is used (Unicode NFC). */
  readonly accents: boolean;
  /** Capital and small letters. */
  readonly letterCase: boolean;
}

const asciiSpace = ' \t\n\v\f\r';
/** White space in the sense of Unicode, and the byte order mark: what `String.prototype.trim` takes away. */
export const space = `${asciiSpace}\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff`;

/** Characters without a width that are not white space: soft hyphen, joiners, marks of direction. */
export const invisible =
  '\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufe0f';

/** True where a person sees something; NULL for NULL. */
export function isVisible(text: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`btrim(${text}, ${sql.lit(space + invisible)}) <> ''`;
}

/** Small letters and digits, and what they look like. */
const lookalikes = 'авсеѕіјһкмнортухԁԛԝѵьαβγεηικνορτυχωıɑɡ01|';
const latin = 'abcesijhkmhoptyxdqwvbabyenikvoptuxwiagoll';

/** The same for two texts that a person would take for the same. */
export function lookOf(text: RawBuilder<unknown>, collation: FoldingCollation): RawBuilder<unknown> {
  const seen = sql`case when octet_length(${text}) = length(${text}) then ${text}
                       else normalize(translate(${text}, ${sql.lit(invisible)}, ''), nfkc) end`;
  const folded = leniently(seen, { trim: false, accents: false, letterCase: true }, collation);
  const alike = sql`translate(${folded}, ${sql.lit(lookalikes)}, ${sql.lit(latin)})`;
  return sql`rtrim(btrim(${alike}, ${sql.lit(space)}), ${sql.lit(`${space}.`)})`;
}

/** The text without what does not count; NULL for NULL. Letters are folded to small ones, and sigma to one kind. */
export function leniently(
  text: RawBuilder<unknown>,
  { trim, accents, letterCase }: Leniency,
  collation: FoldingCollation,
): RawBuilder<unknown> {
  if (!trim && !accents && !letterCase) return text;
  let ascii = text;
  let other = text;
  if (trim) {
    const lines = sql`replace(${text}, ${sql.lit('\r\n')}, ${sql.lit('\n')})`;
    ascii = sql`btrim(${lines}, ${sql.lit(asciiSpace)})`;
    other = sql`btrim(${lines}, ${sql.lit(space)})`;
  }
  if (accents) other = sql`normalize(${other}, nfc)`;
  if (letterCase) {
    const collate = collation === null ? sql`` : sql` collate ${sql.id(collation)}`;
    ascii = sql`lower(${ascii} collate "C") collate "default"`;
    other = sql`translate(lower(${other}${collate}), 'ς', 'σ') collate "default"`;
  }
  // Most text is ASCII, for which the general way costs several times as much.
  return sql`case when octet_length(${text}) = length(${text}) then ${ascii} else ${other} end`;
}
