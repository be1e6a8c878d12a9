import { z } from 'zod';

/**
 * Schemas of one CSV cell. Input is the trimmed cell, or undefined when the file leaves the column out; both an absent
 * column and an empty cell come out as null where the column is optional. Lengths are PostgreSQL characters (code points).
 */

export function characters(text: string): number {
  return [...text].length;
}

/** Words shown in a message: long cells are cut, and a key that stands in a wrong cell is not shown at all. */
export function quoted(text: string): string {
  if (text.includes('PRIVATE KEY-----')) return 'a private key';
  const short = [...text].slice(0, 60).join('');
  return `'${short.replaceAll('\n', '⏎')}${short.length < text.length ? '…' : ''}'`;
}

/** Text that fits the column of the database. */
export function requiredText(longest: number) {
  return z
    .string()
    .min(1, { error: 'is empty', abort: true })
    .refine((text) => characters(text) <= longest, {
      error: ({ input }) => `has ${characters(String(input))} characters, ${longest} are allowed`,
    });
}

export function optionalText(longest: number) {
  return z
    .string()
    .optional()
    .transform((text) => (text === undefined || text === '' ? null : text))
    .pipe(requiredText(longest).nullable());
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...['true', 't', 'yes', 'y', '1'].map((word) => [word, true] as const),
  ...['false', 'f', 'no', 'n', '0'].map((word) => [word, false] as const),
]);

/** `true`/`false`, `yes`/`no`, `1`/`0`, in any letter case. */
export const optionalBoolean = z
  .string()
  .optional()
  .transform((text, context) => {
    if (text === undefined || text === '') return null;
    const value = booleans.get(text.toLowerCase());
    if (value !== undefined) return value;
    context.issues.push({ code: 'custom', message: `is ${quoted(text)}: write true or false`, input: text });
    return z.NEVER;
  });

function wholeNumber(text: string, least: number, most: number): number | undefined {
  const value = Number(text);
  return /^\d{1,10}$/.test(text) && value >= least && value <= most ? value : undefined;
}

export function requiredInteger(least: number, most: number) {
  return z.string().transform((text, context) => {
    const value = wholeNumber(text, least, most);
    if (value !== undefined) return value;
    const found = text === '' ? 'empty' : quoted(text);
    context.issues.push({
      code: 'custom',
      message: `is ${found}: write a whole number from ${least} to ${most}`,
      input: text,
    });
    return z.NEVER;
  });
}

export function optionalInteger(least: number, most: number) {
  return z
    .string()
    .optional()
    .transform((text) => (text === undefined || text === '' ? null : text))
    .pipe(requiredInteger(least, most).nullable());
}

/** Largest value of an `integer` column. */
export const largestInteger = 2_147_483_647;

/** A calendar date, `YYYY-MM-DD`, that exists. */
export const requiredDate = z.string().refine(isCalendarDate, {
  error: ({ input }) =>
    input === '' ? 'is empty' : `is ${quoted(String(input))}: write a date that exists as YYYY-MM-DD`,
});

export const optionalDate = z
  .string()
  .optional()
  .transform((text) => (text === undefined || text === '' ? null : text))
  .pipe(requiredDate.nullable());

function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text.startsWith('0000')) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** An e-mail address, as `user.email` holds it. */
export const requiredEmail = requiredText(100).refine((text) => z.email().safeParse(text).success, {
  error: ({ input }) => `is ${quoted(String(input))}, which is no e-mail address`,
  abort: true,
});

/** The same, where there may be none. */
export const optionalEmail = z
  .string()
  .optional()
  .transform((text) => (text === undefined || text === '' ? null : text))
  .pipe(requiredEmail.nullable());
