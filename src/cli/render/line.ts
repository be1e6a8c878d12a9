import type { Writable } from 'node:stream';
import { plainText } from '../../text/plain-text.ts';

/** One sentence on a line of its own: what it quotes of a database or a file cannot begin another line, nor steer a terminal. */
export function writeLine(stream: Writable, sentence: string): void {
  stream.write(`${plainText(sentence)}\n`);
}
