import { usage } from '../../errors/usage.ts';

/** `--reason`: a text that an auditor reads. Not empty, and what a column can hold. OperatorError `usage`, exit 2. */
export function readReason(text: string): string {
  return readWords(text, '--reason', 'Give --reason "why".');
}

/** An option with a text that is kept. OperatorError `usage`, exit 2. */
export function readWords(text: string, option: string, next: string): string {
  const words = text.trim();
  if (words !== '' && words.length <= 4000 && !words.includes('\0')) return words;
  const problem = words === '' ? 'is empty' : 'is longer than 4000 characters, or holds a zero byte';
  throw usage(`${option} ${problem}.`, next);
}
