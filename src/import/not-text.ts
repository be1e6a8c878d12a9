/** Bytes that are no text, or not that of the encoding. What came before them has been given already, so whoever counts lines knows where they are. */
export class NotText extends Error {
  override readonly name = 'NotText';
}
