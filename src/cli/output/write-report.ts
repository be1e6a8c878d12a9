import { usage } from '../../errors/usage.ts';
import { drained } from '../../files/drained.ts';
import type { ReportForms } from '../../job/report-forms.ts';
import type { Io } from '../io.ts';
import { writeOutputFile } from '../output-file.ts';
import { notePrinted } from '../render/json.ts';
import { formatReport, isReportFormat, type ReportFormat, type ReportTarget } from './report-formats.ts';

/** The options that every report has, as typed. */
export interface ReportOptions<Own extends string = never> {
  readonly format: ReportFormat | Own;
  readonly json?: boolean;
  /** `-` is stdout. */
  readonly output: string;
}

/** `--json` is the same as `--format json`, and contradicts every other one. OperatorError `usage`, exit 2. */
export function readFormat<Own extends string = never>({
  format,
  json,
}: Pick<ReportOptions<Own>, 'format' | 'json'>): ReportFormat | Own {
  if (json !== true) return format;
  if (format === 'text' || format === 'json') return 'json';
  throw usage(`--json and --format ${format} contradict each other.`, 'Give one of them.');
}

/**
 * Writes a report in the chosen format to stdout or, as a whole, to a file. It is written piece by piece: memory does not grow with
 * it, and a slow reader is waited for.
 *
 * @throws OperatorError exit code 2 for a file that cannot be written.
 */
export async function writeReport(
  io: Io,
  { format, output }: { readonly format: string; readonly output: string },
  report: ReportForms,
): Promise<void> {
  if (format === 'html' && output === '-' && io.stdoutIsTerminal) {
    throw usage('HTML is for a browser, not for a terminal.', 'Give --output a file, such as report.html.');
  }
  if (io.show !== undefined) {
    const { shownPage } = await import('../../html/shown-page.ts');
    io.show(await shownPage(report));
    return;
  }
  const pieces = await piecesOf(format, report, targetOf(io, output));
  if (output !== '-') {
    // A page is made to be read by others, who are given the file; until then it is its maker's alone.
    await writeOutputFile(io.cwd, output, pieces, format === 'html' ? { mode: 0o600 } : {});
    return;
  }
  if (format === 'json') notePrinted(io);
  // A reader that goes away ends the output, without a message here: whoever owns the stream knows what an error means.
  let ended = false;
  const end = () => {
    ended = true;
  };
  io.stdout.once('error', end);
  try {
    for await (const piece of pieces) {
      if (!io.stdout.write(piece)) await drained(io.stdout);
      if (ended) break;
    }
  } finally {
    io.stdout.off('error', end);
  }
}

async function piecesOf(
  format: string,
  report: ReportForms,
  target: ReportTarget,
): Promise<AsyncIterable<string>> {
  const own = report.own?.get(format);
  if (own !== undefined) return own();
  if (isReportFormat(format)) return formatReport(format, report, target);
  throw usage(`This report has no format '${format}'.`, 'See --format in its --help.');
}

function targetOf(io: Io, output: string): ReportTarget {
  const person = io.userName();
  return output === '-'
    ? { columns: io.columns, color: io.color, indented: io.stdoutIsTerminal, person }
    : { columns: undefined, color: false, indented: true, person };
}
