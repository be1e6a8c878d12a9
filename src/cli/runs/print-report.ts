import type { Report } from '../../job/report.ts';
import type { Io } from '../io.ts';
import { renderText } from '../render/text.ts';

/** Prints a report for people on stdout. */
export function printReport(io: Io, report: Report): void {
  io.stdout.write(renderText(report, { columns: io.columns, color: io.color }));
}
