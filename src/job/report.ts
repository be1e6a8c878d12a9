import type { JsonObject } from '../text/json.ts';

/**
 * What a job or report shows to people, independent of where: the command line renders it as text, `report` also as
 * Markdown, CSV or HTML.
 */
export type Tone = 'plain' | 'good' | 'notice' | 'warning' | 'bad';

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

/** Fewer columns, and under each row a line of what they leave out. */
export interface NarrowTable {
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<{ readonly cells: ReadonlyArray<string | Cell>; readonly below: string }>;
}

export type ReportBlock =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'line'; readonly text: string; readonly tone?: Tone }
  /** For programs, such as JSON: the lines and their indentation stay. */
  | { readonly kind: 'code'; readonly lines: readonly string[] }
  | {
      readonly kind: 'table';
      readonly columns: readonly string[];
      readonly rows: ReadonlyArray<ReadonlyArray<string | Cell>>;
      /**
       * What a terminal shows that is too narrow for a row on one line. Without it, cells are wrapped between words or, where that is
       * not enough, the columns without room stand below each row, with their names.
       */
      readonly narrow?: NarrowTable;
    };

export type Report = readonly ReportBlock[];

/** A table of any number of rows; they are asked for as often as they are needed. */
export interface StreamedTable {
  readonly kind: 'rows';
  readonly columns: readonly string[];
  readonly rows: () => AsyncIterable<ReadonlyArray<string | Cell>> | Iterable<ReadonlyArray<string | Cell>>;
}

/** A report that is written piece by piece. */
export type StreamedReport = ReadonlyArray<ReportBlock | StreamedTable>;

/** A JSON document, without `schema`; one of its fields may be a list of any length. */
export interface ReportDocument {
  readonly before: JsonObject;
  readonly list?: { readonly name: string; readonly items: AsyncIterable<JsonObject> };
  /** Fields after the list. */
  readonly after?: JsonObject;
}
