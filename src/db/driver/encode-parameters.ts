/** A parameter as it goes over the wire: text, bytes or null. */
export type WireParameter = string | Buffer | null;

/**
 * Encodes parameters in the same way for both drivers. A Date becomes its UTC instant (never the host's wall clock), an
 * array a PostgreSQL array, a Buffer `bytea`, any other object JSON.
 */
export function encodeParameters(parameters: readonly unknown[]): WireParameter[] {
  return parameters.map((value) => (Buffer.isBuffer(value) ? value : encodeText(value)));
}

function encodeText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return encodeArray(value);
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

function encodeArray(values: readonly unknown[]): string {
  const elements = values.map((value) => {
    if (Array.isArray(value)) return encodeArray(value);
    const text = encodeText(value);
    return text === null ? 'NULL' : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  });
  return `{${elements.join(',')}}`;
}
