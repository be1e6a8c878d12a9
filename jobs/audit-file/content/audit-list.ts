import { formatReport, type ReportFormat } from '../../../src/cli/output/report-formats.ts';
import type { StreamedTable } from '../../../src/job/report.ts';
import type { ReportForms } from '../../../src/job/report-forms.ts';
import type { ReportOrigin } from '../../../src/job/report-page.ts';
import type { Mask } from '../people/mask.ts';
import { maskedForms, maskedTable } from '../people/mask-forms.ts';

/** One file of the auditor's file. Its pieces are asked for once, when its turn comes. */
export interface AuditFile {
  readonly path: string;
  readonly pieces: () => AsyncIterable<string | Buffer>;
}

/** A list that an auditor draws samples from: what it was read from, what was selected, and how many there are. */
export interface AuditList {
  /** Its folder or the beginning of its file names, with its number. */
  readonly place: string;
  readonly title: string;
  /** Tables. */
  readonly source: string;
  /** Which rows of them. */
  readonly filter: string;
  readonly count: number;
  readonly files: readonly AuditFile[];
}

/** What the file does not have, and why. */
export interface NotIncluded {
  readonly what: string;
  readonly why: string;
}

/** A part of the file. */
export interface AuditPart {
  readonly lists: readonly AuditList[];
  readonly missing: readonly NotIncluded[];
}

/** How everything in the file is set. */
export interface AuditFormat {
  readonly origin: ReportOrigin;
  readonly person: string;
  readonly mask: Mask | null;
}

/** A report as files: for reading, and for testing. */
export function reportFiles(
  base: string,
  forms: ReportForms,
  format: AuditFormat,
  formats: readonly ReportFormat[] = ['html', 'csv', 'json'],
): readonly AuditFile[] {
  const shown = format.mask === null ? forms : maskedForms(forms, format.mask);
  return formats.map((name) => ({
    path: `${base}.${name}`,
    pieces: () => reportPieces(name, shown, format),
  }));
}

async function* reportPieces(
  name: ReportFormat,
  forms: ReportForms,
  { person, mask }: AuditFormat,
): AsyncGenerator<string> {
  yield* await formatReport(name, forms, {
    columns: undefined,
    color: false,
    indented: true,
    person: mask === null ? person : mask(person),
  });
}

/** A table alone, for testing. */
export function tableFile(path: string, table: StreamedTable, { mask }: AuditFormat): AuditFile {
  return { path, pieces: () => csvOf(mask === null ? table : maskedTable(table, mask)) };
}

async function* csvOf(table: StreamedTable): AsyncGenerator<string> {
  const { csvPieces } = await import('../../../src/cli/render/csv.ts');
  yield* csvPieces(table);
}
