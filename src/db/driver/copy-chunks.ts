import type { Readable } from 'node:stream';

const newline = 0x0a;
const quote = 0x22;

/**
 * Cuts a stream in COPY's text or CSV format into pieces that end at a row's end, so that each can be a COPY of its own.
 * In text format a newline always ends a row (one in a value is written `\n`); in CSV not between quotes, and a doubled
 * quote leaves the count of quotes even. At most one piece and one row are in memory.
 */
export async function* copyChunks(
  stream: Readable,
  format: 'text' | 'csv',
  pieceBytes = 1024 * 1024,
): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let quoted = false;
  for await (const read of stream) {
    const chunk: Buffer = Buffer.isBuffer(read) ? read : Buffer.from(String(read), 'utf8');
    let rowEnd = -1;
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index];
      if (byte === quote && format === 'csv') quoted = !quoted;
      else if (byte === newline && !quoted) rowEnd = index;
    }
    if (rowEnd >= 0 && heldBytes + rowEnd + 1 >= pieceBytes) {
      yield Buffer.concat([...held, chunk.subarray(0, rowEnd + 1)]);
      held = [];
      heldBytes = 0;
      const rest = chunk.subarray(rowEnd + 1);
      if (rest.length > 0) held.push(rest);
      heldBytes = rest.length;
    } else {
      held.push(chunk);
      heldBytes += chunk.length;
    }
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}
