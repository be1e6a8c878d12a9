/** A reply without the recipient's address and the server's own numbers of this message. */
export function withoutParticulars(text: string, address: string): string {
  return text
    .toLowerCase()
    .replaceAll(address.toLowerCase(), '')
    .split(/\s+/)
    .filter((word) => !(word.length >= 8 && /\d/.test(word)))
    .join(' ');
}
