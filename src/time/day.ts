/**
 * A calendar date, `YYYY-MM-DD`, of the business zone, from year 1 to 9999. Dates compare as text. In a file of its own: the
 * types of a user's job name it, and need no library for it.
 */
export type Day = string;

/** A calendar month, `YYYY-MM`. */
export type Month = string;
