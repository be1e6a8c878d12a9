import { OperatorError } from '../../errors.ts';
import { ExitCode } from '../../exit-code.ts';
import type { Report } from '../../job/report.ts';
import type { JsonObject } from '../../json.ts';
import type { Io } from '../io.ts';
import { writeOutputFile } from '../output-file.ts';
import { writeJson } from '../render/json.ts';
import { renderText } from '../render/text.ts';

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
  const terminal =
    output === '-' ? { columns: io.columns, color: io.color } : { columns: undefined, color: false };
  return renderText(report, terminal);
}

export async function writeDocument(io: Io, output: string, document: JsonObject): Promise<void> {
  if (output === '-') writeJson(io, document);
  else await writeOutputFile(io.cwd, output, `${JSON.stringify({ schema: 1, ...document }, null, 2)}\n`);
}

export async function writeReport(io: Io, output: string, text: string): Promise<void> {
  if (output === '-') io.stdout.write(text);
  else await writeOutputFile(io.cwd, output, text);
}

export function usage(message: string, next: string): OperatorError {
  return new OperatorError({ code: 'usage', message, next, exitCode: ExitCode.usage });
}
