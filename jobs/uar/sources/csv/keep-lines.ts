const lf = 0x0a;

/** The lines, cut anywhere, whose number (from 0) is kept. */
export async function* keepLines(pieces: AsyncIterable<Buffer>, kept: Uint8Array): AsyncGenerator<Buffer> {
  let line = 0;
  for await (const piece of pieces) {
    const wanted: Buffer[] = [];
    for (let from = 0; from < piece.length; ) {
      const end = piece.indexOf(lf, from);
      const to = end < 0 ? piece.length : end + 1;
      if (kept[line] !== 0) wanted.push(piece.subarray(from, to));
      if (end >= 0) line += 1;
      from = to;
    }
    if (wanted.length > 0) yield Buffer.concat(wanted);
  }
}
