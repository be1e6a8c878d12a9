import { usage } from '../../errors/usage.ts';

/** A whole number from 1 to `most`, from the command line; otherwise OperatorError `invalid_number`, exit 2. */
export function readCount(text: string, what: string, most: number): number {
  const count = /^\d+$/.test(text.trim()) ? Number(text) : 0;
  if (count >= 1 && count <= most) return count;
  throw usage(
    `${what} '${text}' is not a whole number from 1 to ${most}.`,
    `Give ${what} a whole number from 1 to ${most}.`,
    'invalid_number',
  );
}
