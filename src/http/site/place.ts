/** One page of the site: what it shows is what some commands print. */
export interface Place {
  /** Such as `/runs`, or `/runs/:id` for one thing. */
  readonly path: string;
  readonly title: string;
  /** Its word in the menu; absent: it has no entry there. */
  readonly menu?: string;
  /** What follows the name of the program, for each part of the page. Read-only commands alone. */
  readonly commands: (id: string) => ReadonlyArray<readonly string[]>;
  /** Where the cells of a column lead: the path in front of what they show. By the column's name. */
  readonly links?: Readonly<Record<string, string>>;
}

/**
 * The id of one thing, as a part of a path has it. undefined: no command takes such an id. One that begins with a dash would be an
 * option.
 */
export function readId(text: string): string | undefined {
  return /^(?!-)[^\p{Cc}]{1,200}$/u.test(text) && text.trim() === text ? text : undefined;
}
