import { usage } from '../../errors/usage.ts';

const longestWindow = 3650;

/** `--days`. OperatorError `usage`, exit 2. */
export function readDays(text: string): number {
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= longestWindow) return days;
  throw usage(`'${text}' is not a number of days.`, `Give --days 1 to ${longestWindow}, such as --days 30.`);
}
