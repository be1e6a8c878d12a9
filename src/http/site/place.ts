import type { Month } from '../../time/day.ts';

/** A part of a page: what one command shows. */
export interface PlaceCommand {
  /** What follows the name of the program. Read-only commands alone. */
  readonly args: readonly string[];
  /** Where the cells of a column lead: the path in front of what they show. By the column's name. */
  readonly links?: Readonly<Record<string, string>>;
  /** A list with `--after`: the page shows it part by part. At most one command of a page. */
  readonly paged?: true;
}

/** One page of the site: what it shows is what some commands print. */
export interface Place {
  /** Such as `/runs`, or `/runs/:id` for one thing. */
  readonly path: string;
  readonly title: string;
  /** Its word in the menu; absent: it has no entry there. */
  readonly menu?: string;
  /** Commands about the same that need more time than a page has. */
  readonly inTerminal?: readonly string[];
  /** The page of the same thing that shows more of it: its path, which ends with `:id`, and the words of the link. */
  readonly beside?: { readonly path: string; readonly words: string };
  /** Shows one month, the present one unless the address has another: `?month=2026-12`. */
  readonly byMonth?: true;
  /** For each part of the page. */
  readonly commands: (id: string, month: Month) => readonly PlaceCommand[];
}

/**
 * The id of one thing, as a part of a path has it. undefined: no command takes such an id. One that begins with a dash would be an
 * option.
 */
export function readId(text: string): string | undefined {
  return /^(?!-)[^\p{Cc}]{1,200}$/u.test(text) && text.trim() === text ? text : undefined;
}
