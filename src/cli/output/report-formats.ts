import type { ReportForms } from '../../job/report-forms.ts';
import type { TextOptions } from '../render/text.ts';

/** Where a report goes: a terminal with its width and colours, a pipe, or a file. */
export interface ReportTarget extends TextOptions {
  /** JSON that people look at. */
  readonly indented: boolean;
  /** Who makes it. */
  readonly person: string;
}

/**
 * What each format makes of a report, piece by piece; its code is loaded when it is asked for. A new format is an entry here: every
 * report then has it, and every `--format` offers it.
 */
const formats = {
  text: async ({ present }: ReportForms, target: ReportTarget) =>
    (await import('../render/text.ts')).textPieces(await present({ whole: false }), target),
  json: async ({ document }: ReportForms, target: ReportTarget) =>
    (await import('../render/json-pieces.ts')).jsonPieces(document(), target),
  csv: async ({ rows }: ReportForms) => (await import('../render/csv.ts')).csvPieces(rows()),
  md: async ({ present }: ReportForms) =>
    (await import('../render/markdown.ts')).markdownPieces(await present({ whole: true })),
  html: async (forms: ReportForms, { person }: ReportTarget) =>
    (await import('../render/html.ts')).htmlPieces(forms, person),
};

export type ReportFormat = keyof typeof formats;

export function isReportFormat(name: string): name is ReportFormat {
  return Object.hasOwn(formats, name);
}

export const reportFormats: readonly ReportFormat[] = Object.keys(formats).filter(isReportFormat);

/** The report in one of the formats that every report has. */
export function formatReport(
  format: ReportFormat,
  report: ReportForms,
  target: ReportTarget,
): Promise<AsyncIterable<string>> {
  return formats[format](report, target);
}
