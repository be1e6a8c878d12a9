import { once } from 'node:events';
import { ExitCode } from '../../errors/exit-code.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import type { Report, StreamedDocument } from '../../job/report.ts';
import type { JsonObject } from '../../text/json.ts';
import { safeJson } from '../../text/safe-json.ts';
import type { Io } from '../io.ts';
import { writeOutputFile } from '../output-file.ts';
import { notePrinted, writeJson } from '../render/json.ts';
import { renderText, type TextOptions } from '../render/text.ts';

/** What the reports have in common: `--days`, `--json`, `--output`. `-` is stdout. */

const longestWindow = 3650;

/** @throws OperatorError `usage` (exit 2). */
export function readDays(text: string): number {
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= longestWindow) return days;
  throw usage(`'${text}' is not a number of days.`, `Give --days 1 to ${longestWindow}, such as --days 30.`);
}

/** `--json` is the same as `--format json`, and contradicts every other one. */
export function readFormat<F extends string>({
  format,
  json,
}: {
  readonly format: F | 'text' | 'json';
  readonly json?: boolean;
}): F | 'text' | 'json' {
  if (json !== true) return format;
  if (format === 'text' || format === 'json') return 'json';
  throw usage(`--json and --format ${format} contradict each other.`, 'Give one of them.');
}

/** For the terminal that it goes to, or for a file. */
export function reportText(io: Io, output: string, report: Report): string {
  return renderText(report, textOptions(io, output));
}

export function textOptions(io: Io, output: string): TextOptions {
  return output === '-' ? { columns: io.columns, color: io.color } : { columns: undefined, color: false };
}

export async function writeDocument(io: Io, output: string, document: JsonObject): Promise<void> {
  if (output === '-') writeJson(io, document);
  else await writeOutputFile(io.cwd, output, `${JSON.stringify({ schema: 1, ...document }, null, 2)}\n`);
}

export async function writeReport(io: Io, output: string, text: string): Promise<void> {
  if (output === '-') io.stdout.write(text);
  else await writeOutputFile(io.cwd, output, text);
}

/** Writes what comes piece by piece: memory does not grow with it, and a slow reader is waited for. */
export async function writePieces(io: Io, output: string, pieces: AsyncIterable<string>): Promise<void> {
  if (output !== '-') {
    await writeOutputFile(io.cwd, output, pieces);
    return;
  }
  for await (const piece of pieces) {
    if (!io.stdout.write(piece)) await once(io.stdout, 'drain');
  }
}

/**
 * One JSON document whose last field is a list that comes piece by piece: `schema: 1` first, one item a line.
 * See {@link writePieces}.
 */
export async function writeDocumentList(
  io: Io,
  output: string,
  head: JsonObject,
  name: string,
  items: AsyncIterable<JsonObject>,
): Promise<void> {
  if (output === '-') notePrinted(io);
  async function* pieces(): AsyncGenerator<string> {
    yield `${safeJson({ schema: 1, ...head }).slice(0, -1)},${JSON.stringify(name)}:[`;
    let separator = '\n';
    for await (const item of items) {
      yield `${separator}${safeJson(item)}`;
      separator = ',\n';
    }
    yield '\n]}\n';
  }
  await writePieces(io, output, pieces());
}

/** As {@link writeDocument}, with a list in the middle that comes piece by piece. See {@link writePieces}. */
export async function writeStreamedDocument(
  io: Io,
  output: string,
  { before, name, items, after }: StreamedDocument,
): Promise<void> {
  const indent = output !== '-' || io.stdoutIsTerminal ? 2 : undefined;
  const encode = (value: JsonObject) =>
    output === '-' ? safeJson(value, indent) : JSON.stringify(value, null, indent);
  const [line, open, close] = indent === undefined ? ['', '', ''] : ['\n    ', '\n  ', '\n  '];
  const space = indent === undefined ? '' : ' ';
  if (output === '-') notePrinted(io);
  async function* pieces(): AsyncGenerator<string> {
    yield `${encode({ schema: 1, ...before }).replace(/\n?\}$/, '')},${open}${JSON.stringify(name)}:${space}[`;
    let separator = '';
    for await (const item of items) {
      yield `${separator}${line}${encode(item).replaceAll('\n', line)}`;
      separator = ',';
    }
    yield `${separator === '' ? '' : close}],${encode(after).slice(1)}\n`;
  }
  await writePieces(io, output, pieces());
}

export function usage(message: string, next: string): OperatorError {
  return new OperatorError({ code: 'usage', message, next, exitCode: ExitCode.usage });
}
