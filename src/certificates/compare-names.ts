/** The same number, written in hexadecimal with or without colons, or in decimal; RFC 5280 forbids negative ones, and they exist. */
export function sameSerial(recorded: string, hex: string): boolean {
  const plain = recorded
    .trim()
    .toLowerCase()
    .replaceAll(/[\s:]/g, '')
    .replace(/^(-?)0x/, '$1');
  const actual = hexadecimal(hex.toLowerCase());
  if (actual === undefined) return plain === hex.toLowerCase();
  if (/^-?\d+$/.test(plain) && BigInt(plain) === actual) return true;
  return hexadecimal(plain) === actual;
}

function hexadecimal(text: string): bigint | undefined {
  const [, sign = '', digits] = /^(-?)([0-9a-f]+)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const value = BigInt(`0x${digits}`);
  return sign === '-' ? -value : value;
}

/** The names of `subjectAltName`, in its order; OpenSSL puts those that hold a comma into quotation marks. */
export function otherNames(altNames: string | null): readonly string[] {
  return [...(altNames ?? '').matchAll(/(?:^|, )[A-Za-z ]+:("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(
    ([, name = '']) => name.replace(/^"(.*)"$/, '$1'),
  );
}

/** Is the recorded name the certificate's common name, or one of its others? */
export function sameName(recorded: string, commonName: string | null, altNames: string | null): boolean {
  const wanted = recorded.trim().toLowerCase();
  return [commonName ?? '', ...otherNames(altNames)].some((name) => name.toLowerCase() === wanted);
}
