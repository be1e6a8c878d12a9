import type { Tone } from '../../job/report.ts';

export const bold = '1';
const sequences: Readonly<Record<Exclude<Tone, 'plain'>, string>> = {
  good: '32',
  notice: '36',
  warning: '33',
  bad: '31',
};

export function painted(text: string, code: string, color: boolean): string {
  return color && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
}

export function tinted(text: string, tone: Tone | undefined, color: boolean): string {
  return tone === undefined || tone === 'plain' ? text : painted(text, sequences[tone], color);
}
