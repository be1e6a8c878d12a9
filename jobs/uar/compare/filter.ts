import { z } from 'zod';

const value = z.string();

/** A condition on the cells of a column; exactly one of the operators. */
const condition = z.strictObject({
  column: z.string().min(1),
  '=': value.optional(),
  '!=': value.optional().describe('A cell without a value differs from every text.'),
  in: z.array(value).min(1).optional(),
  matches: z
    .string()
    .min(1)
    .max(1000)
    .refine(isPattern, { error: 'is not a regular expression' })
    .optional()
    .describe('A regular expression that matches somewhere in the cell.'),
  empty: z.boolean().optional().describe('true: the cell has no value, white space or invisible characters.'),
  ignore_case: z.boolean().default(false),
  trim: z.boolean().default(false),
});

const operators = ['=', '!=', 'in', 'matches', 'empty'] as const;

/** `where` of one side: rows that meet all conditions are compared, all others excluded. */
export const filterSettings = z.array(
  condition.refine((one) => operators.filter((name) => one[name] !== undefined).length === 1, {
    error: `give one of ${operators.join(', ')}`,
  }),
);
export type Condition = z.output<typeof condition>;

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

/** `Employment Status = Active`, for people. */
export function conditionWords(one: Condition): string {
  if (one['='] !== undefined) return `${one.column} = ${one['=']}`;
  if (one['!='] !== undefined) return `${one.column} != ${one['!=']}`;
  if (one.in !== undefined) return `${one.column} in ${one.in.join(', ')}`;
  if (one.matches !== undefined) return `${one.column} matches ${one.matches}`;
  return `${one.column} ${one.empty === true ? 'empty' : 'not empty'}`;
}

const typed = [
  / *(?<name>!=) */g,
  / *(?<name>=) */g,
  / +(?<name>in) +/g,
  / +(?<name>matches) +/g,
  / +(?<name>not empty) *$/g,
  / +(?<name>empty) *$/g,
] as const;

/**
 * A condition as it is typed: `status=Active`, `status!=Left`, `status in Active,On leave`, `login matches ^svc-`, `login empty`,
 * `login not empty`. A column of the file that holds such a word itself is meant before anything else. undefined: it is none.
 */
export function readTypedCondition(
  text: string,
  columns: readonly string[],
): Readonly<Record<string, unknown>> | undefined {
  const found = typed
    .flatMap((operator) => [...text.matchAll(operator)])
    .map((match) => ({
      column: text.slice(0, match.index).trim(),
      name: match.groups?.['name'] ?? '',
      value: text.slice(match.index + match[0].length).trim(),
      index: match.index,
    }))
    .filter(({ column }) => column !== '')
    .sort((a, b) => a.index - b.index);
  const meant = found.find(({ column }) => columns.includes(column)) ?? found[0];
  if (meant === undefined) return undefined;
  const { column, name, value: wanted } = meant;
  switch (name) {
    case 'in':
      return { column, in: wanted.split(',').map((part) => part.trim()) };
    case 'empty':
      return { column, empty: true };
    case 'not empty':
      return { column, empty: false };
    default:
      return { column, [name]: wanted };
  }
}
