import type { ReportDocument, StreamedReport, StreamedTable } from './report.ts';
import type { ReportOrigin, ReportPage } from './report-page.ts';

/** One report in the forms that its formats are made from; each form is made when it is asked for. */
export interface ReportForms {
  /** What it is, in a few words: the head of its page, where the text begins with none. */
  readonly title: string;
  /** For people. `whole`: for a document to keep, which leaves out nothing that a screen has no room for. */
  readonly present: (options: { readonly whole: boolean }) => StreamedReport | Promise<StreamedReport>;
  /** For programs. */
  readonly document: () => ReportDocument;
  /** One table of everything, for spreadsheets. */
  readonly rows: () => StreamedTable;
  /** Where and when it was made: what a page has in its head. */
  readonly origin: () => ReportOrigin | Promise<ReportOrigin>;
  /** As a page, with pictures; absent: what `present` makes. */
  readonly page?: () => ReportPage | Promise<ReportPage>;
  /** Formats of this report alone, by name. */
  readonly own?: ReadonlyMap<string, () => AsyncIterable<string>>;
}
