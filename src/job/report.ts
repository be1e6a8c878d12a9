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
  | {
      readonly kind: 'table';
      readonly columns: readonly string[];
      readonly rows: ReadonlyArray<ReadonlyArray<string | Cell>>;
      /** What a terminal shows that is too narrow for a row on one line; without it, cells are wrapped. */
      readonly narrow?: NarrowTable;
    };

export type Report = readonly ReportBlock[];
