/**
 * What a job or report shows to people, independent of where: the command line renders it as text, `report` also as
 * Markdown, CSV or HTML.
 */
export type Tone = 'plain' | 'good' | 'notice' | 'warning' | 'bad';

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

export type ReportBlock =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'line'; readonly text: string; readonly tone?: Tone }
  | {
      readonly kind: 'table';
      readonly columns: readonly string[];
      readonly rows: ReadonlyArray<ReadonlyArray<string | Cell>>;
    };

export type Report = readonly ReportBlock[];
