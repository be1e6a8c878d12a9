/*
 * As much of DER (X.690) as a time stamp needs: definite lengths, tags of one byte. What does not fit is an error, never a guess.
 */

export class DerError extends Error {
  override readonly name = 'DerError';
}

export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
}

export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8: 0x0c,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  explicit0: 0xa0,
} as const;

export function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 128) return Buffer.from([length]);
  const digits = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([0x80 | digits.length]), digits]);
}

/** The elements that a content consists of, one after the other. @throws DerError */
export function readDer(content: Buffer): readonly DerElement[] {
  const found: DerElement[] = [];
  for (let at = 0; at < content.length; ) {
    const tag = content[at] ?? 0;
    const first = content[at + 1];
    if (first === undefined) throw new DerError('it ends in the middle');
    const digits = first < 128 ? 0 : first & 0x7f;
    if (first === 0x80 || digits > 4) throw new DerError('it has a length that DER does not allow');
    const begin = at + 2 + digits;
    if (begin > content.length) throw new DerError('it ends in the middle');
    const length = digits === 0 ? first : content.readUIntBE(at + 2, digits);
    if (begin + length > content.length) throw new DerError('it ends in the middle');
    found.push({ tag, content: content.subarray(begin, begin + length) });
    at = begin + length;
  }
  return found;
}

/** What is in the element at that place. @throws DerError when there is none, or one of another tag. */
export function inside(elements: readonly DerElement[], index: number, tag: number): Buffer {
  const element = elements[index];
  if (element?.tag !== tag) throw new DerError('it is not built as a time stamp is');
  return element.content;
}
