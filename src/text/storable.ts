/** The text as a column of PostgreSQL can hold it: NUL, and halves of surrogate pairs, become the replacement character. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\ufffd').replace(/\p{Surrogate}/gu, '\ufffd');
}

/** The same for every text in a JSON value; throws what JSON.stringify throws. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'string') return storableText(part);
    return typeof part === 'bigint' ? String(part) : part;
  });
}
