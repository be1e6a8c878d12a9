import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { copyChunks } from '../../../src/db/driver/copy-chunks.ts';

async function pieces(
  chunks: readonly string[],
  format: 'text' | 'csv',
  pieceBytes: number,
): Promise<string[]> {
  const found: string[] = [];
  for await (const piece of copyChunks(
    Readable.from(chunks.map((chunk) => Buffer.from(chunk))),
    format,
    pieceBytes,
  )) {
    found.push(piece.toString('utf8'));
  }
  return found;
}

describe('copyChunks never cuts inside a row', () => {
  it.each([
    ['text, rows across reads', 'text', ['a\tb\nc', '\td\ne\tf\n'], 4, ['a\tb\n', 'c\td\ne\tf\n']],
    ['no newline at the end', 'text', ['a\nb'], 1, ['a\n', 'b']],
    ['csv, a newline between quotes', 'csv', ['1,"a\nb"\n2,c\n'], 1, ['1,"a\nb"\n2,c\n']],
    [
      'csv, quotes opened in one read and closed in another',
      'csv',
      ['1,"a\n', 'b\n', '"\n2,c\n'],
      1,
      ['1,"a\nb\n"\n2,c\n'],
    ],
    ['csv, a doubled quote cut in two', 'csv', ['1,"a"', '"\n"\n2,c\n'], 1, ['1,"a""\n"\n2,c\n']],
    ['text, a quote means nothing', 'text', ['"a\n', 'b\n'], 1, ['"a\n', 'b\n']],
    ['nothing', 'csv', [], 1, []],
  ] as const)('%s', async (_, format, chunks, pieceBytes, expected) => {
    expect(await pieces(chunks, format, pieceBytes)).toEqual(expected);
  });

  it('holds no more than a piece and a row', async () => {
    const row = `${'x'.repeat(999)}\n`;
    const found = await pieces(
      Array.from({ length: 500 }, () => row),
      'csv',
      10_000,
    );
    expect(found.join('')).toBe(row.repeat(500));
    expect(Math.max(...found.map((piece) => piece.length))).toBeLessThanOrEqual(11_000);
  });
});
