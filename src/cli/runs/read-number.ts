import { usage } from '../../errors/usage.ts';
import { largestInteger } from '../../import/cells.ts';

/** The number of a row: a whole number from 1. OperatorError `usage`, exit 2; `next` says where to look it up. */
export function readNumber(text: string, what: string, next: string): number {
  const id = /^\d{1,10}$/.test(text.trim()) ? Number(text) : 0;
  if (id >= 1 && id <= largestInteger) return id;
  throw usage(`'${text}' is not the number of ${what}.`, next);
}
