import type { Day, Month } from '../time/day.ts';
import type { ReportBlock, StreamedTable, Tone } from './report.ts';

/*
 * A report as a page: what `--format html` has besides the tables. Plain data; src/html sets and draws it.
 */

/** Where, for whom and when a report was made. */
export interface ReportOrigin {
  readonly database: string;
  /** The business zone; times are shown in it. */
  readonly zone: string;
  readonly at: Date;
  /** null: the database has no name of it. */
  readonly organisation: string | null;
}

/** A number that answers a part of the question. */
export interface Figure {
  readonly value: string;
  /** `of 40`. */
  readonly of?: string;
  readonly name: string;
  /** Since last time: `1 fewer than on 2026-11-01`. */
  readonly change?: string;
  readonly tone?: Tone;
}

/** How a series is painted; each has its own lightness, so that greyscale tells them apart. */
export type Paint = 'critical' | 'high' | 'medium' | 'low' | 'good' | 'neutral';

export interface Series {
  readonly name: string;
  readonly paint: Paint;
  /** One for each column or row. */
  readonly values: readonly number[];
  /** Drawn below the zero line. */
  readonly below?: boolean;
}

interface PictureWords {
  readonly title: string;
  /** What can be seen in it, in a sentence. */
  readonly description: string;
}

/** Stacked columns over time, and a share of something in a panel of its own above them. */
export interface ColumnPicture extends PictureWords {
  readonly kind: 'columns';
  /** What a column is: `week from`. */
  readonly each: string;
  readonly columns: readonly string[];
  readonly series: readonly Series[];
  /** From 0 to 1; null: unknown. */
  readonly share?: { readonly name: string; readonly values: ReadonlyArray<number | null> };
}

/** A stacked bar for each named thing. */
export interface RowPicture extends PictureWords {
  readonly kind: 'bars';
  /** What a row is: `table`. */
  readonly each: string;
  readonly rows: readonly string[];
  readonly series: readonly Series[];
  /** More about each row, such as a sum of money. */
  readonly note?: { readonly name: string; readonly values: readonly string[] };
  /** Every bar is whole: parts are shares of its own sum. */
  readonly shares?: boolean;
}

export type Picture = ColumnPicture | RowPicture;

/** One month as a calendar: what is on each of its days. */
export interface MonthCalendar {
  readonly kind: 'month';
  readonly title: string;
  readonly month: Month;
  readonly today: Day;
  /** In any order; a day without any is left out. */
  readonly days: ReadonlyMap<Day, DayEntries>;
}

export interface DayEntries {
  readonly shown: readonly DayEntry[];
  /** So many more are on the day; a table has them. */
  readonly more: number;
}

export interface DayEntry {
  /** Leads to its page, where there are pages. */
  readonly id: string;
  readonly name: string;
  /** What comes on the day: `renews`. */
  readonly happens: string;
}

export interface ReportPage {
  readonly title: string;
  /** What the report is, in a sentence. */
  readonly about?: string;
  /** Of the head: period, snapshot, hash. */
  readonly facts: ReadonlyArray<readonly [name: string, value: string]>;
  /** The sentence that answers the question. */
  readonly answer?: { readonly text: string; readonly tone: Tone };
  readonly figures: readonly Figure[];
  readonly blocks: ReadonlyArray<ReportBlock | StreamedTable | Picture | MonthCalendar>;
  /** Of a list that goes on: its `--after` for the next part. */
  readonly after?: string | undefined;
  /** What the words mean. */
  readonly words: ReadonlyArray<readonly [word: string, meaning: string]>;
}
