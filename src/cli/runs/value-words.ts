import type { Json } from '../../text/json.ts';

/** A value of the configuration, for people. */
export function valueWords(value: Json): string {
  if (value === null) return '(not set)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
