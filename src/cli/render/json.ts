import type { Writable } from 'node:stream';
import { safeJson } from '../../text/safe-json.ts';
import type { World } from '../io.ts';

const printed = new WeakSet<Writable>();

/** Prints the command's one JSON document on stdout: `schema: 1` first, and a newline at the end. */
export function writeJson(io: World, document: Readonly<Record<string, unknown>>): void {
  printed.add(io.stdout);
  const { schema: _, ...rest } = document;
  io.stdout.write(`${safeJson({ schema: 1, ...rest }, io.stdoutIsTerminal ? 2 : undefined)}\n`);
}

/** Another process has printed there what may be a document, or a part of one. */
export function notePrinted(io: World): void {
  printed.add(io.stdout);
}

/** Has this stdout already got its document? There must never be a second one. */
export function hasJson(io: World): boolean {
  return printed.has(io.stdout);
}
