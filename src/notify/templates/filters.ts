import { strftime } from './strftime.ts';

/*
 * Jinja's filters that the engine lacks, or that it has with other arguments than Jinja. They are called from inside
 * WebAssembly, where an exception breaks the engine: whoever registers them catches what they throw.
 *
 * The engine hands over text, numbers, booleans, undefined, null, arrays, Maps and, for `name=value`, one Map at the end.
 */

/** A filter's complaint; its message goes into the reason of the failed message. */
export class FilterError extends Error {}

export type Filter = (value: unknown, ...rest: unknown[]) => unknown;

/** Positional and named arguments, as Python passes them. */
function bind(names: readonly string[], rest: readonly unknown[]): ReadonlyMap<string, unknown> {
  const last = rest.at(-1);
  const named = last instanceof Map ? last : new Map<unknown, unknown>();
  const positional = last instanceof Map ? rest.slice(0, -1) : rest;
  return new Map(names.map((name, index) => [name, named.has(name) ? named.get(name) : positional[index]]));
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : String(value);
}

function asInteger(value: unknown, fallback: number): number {
  if (value === undefined || value === null) return fallback;
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new FilterError('a filter needs a whole number');
  return number;
}

const integerText = /^\s*[+-]?\d+\s*$/;

/** `"%.2f"|format(x)`: printf's %s %d %i %f %e %x %X %%, with flags, width and precision. */
function printf(format: string, values: readonly unknown[]): string {
  let next = 0;
  return format.replace(
    /%([-+ 0#]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g,
    (_, flags: string, width: string, precision: string | undefined, kind: string) => {
      if (kind === '%') return '%';
      if (next >= values.length) throw new FilterError('format has fewer values than places');
      const value = values[next];
      next += 1;
      const size = Number(width);
      if (size > 10_000 || Number(precision) > 100)
        throw new FilterError('format is asked for too much width');
      const text = printed(value, kind, precision === undefined ? undefined : Number(precision));
      const sign = /[dif]/i.test(kind) && !text.startsWith('-') ? (/[+ ]/.exec(flags)?.[0] ?? '') : '';
      const signed = sign + text;
      if (flags.includes('-')) return signed.padEnd(size);
      if (!flags.includes('0') || kind === 's') return signed.padStart(size);
      const [, lead = '', digits = ''] = /^([+ -]?)(.*)$/.exec(signed) ?? [];
      return lead + digits.padStart(size - lead.length, '0');
    },
  );
}

function printed(value: unknown, kind: string, precision: number | undefined): string {
  if (kind === 's') return asText(value).slice(0, precision);
  const number = typeof value === 'boolean' || asText(value).trim() === '' ? Number.NaN : Number(value);
  if (Number.isNaN(number)) throw new FilterError(`format %${kind} needs a number`);
  switch (kind) {
    case 'd':
    case 'i':
      return String(Math.trunc(number));
    case 'f':
    case 'F':
      return number.toFixed(precision ?? 6);
    case 'e':
      return number.toExponential(precision ?? 6).replace(/e([+-])(\d)$/, 'e$10$2');
    case 'x':
      return Math.trunc(number).toString(16);
    case 'X':
      return Math.trunc(number).toString(16).toUpperCase();
    default:
      throw new FilterError(`format does not know %${kind}`);
  }
}

/** Jinja's: shorter texts and those at most `leeway` longer stay; whole words unless `killwords`. */
function truncate(value: unknown, ...rest: unknown[]): string {
  const given = bind(['length', 'killwords', 'end', 'leeway'], rest);
  const length = asInteger(given.get('length'), 255);
  const end = given.get('end') === undefined ? '...' : asText(given.get('end'));
  const text = [...asText(value)];
  if (text.length <= length + asInteger(given.get('leeway'), 5)) return text.join('');
  const cut = text.slice(0, Math.max(0, length - [...end].length)).join('');
  if (given.get('killwords') === true) return cut + end;
  const space = cut.lastIndexOf(' ');
  return (space === -1 ? cut : cut.slice(0, space)) + end;
}

/** Python's `quote`: everything but letters, digits and `_.-~/`. */
function quote(value: unknown, keep = '/'): string {
  // Through UTF-8, because half a surrogate pair cannot be encoded.
  const quoted = encodeURIComponent(Buffer.from(asText(value)).toString()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return keep === '/' ? quoted.replaceAll('%2F', '/') : quoted;
}

function sizeOf(value: unknown): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'string') return [...value].length;
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  if (typeof value === 'object') return Object.keys(value).length;
  throw new FilterError('length is asked of something that has no length');
}

function toInteger(value: unknown, ...rest: unknown[]): number {
  const given = bind(['default', 'base'], rest);
  const fallback = Number(given.get('default') ?? 0);
  if (typeof value === 'number') return Math.trunc(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  const text = asText(value);
  const base = asInteger(given.get('base'), 10);
  const number =
    base !== 10 ? Number.parseInt(text, base) : integerText.test(text) ? Number(text) : toFloat(text, NaN);
  return Number.isFinite(number) ? Math.trunc(number) : fallback;
}

function toFloat(value: unknown, ...rest: unknown[]): number {
  const fallback = Number(bind(['default'], rest).get('default') ?? 0);
  if (typeof value === 'number') return value;
  const text = asText(value).trim();
  const number = text === '' ? Number.NaN : Number(text);
  return Number.isNaN(number) ? fallback : number;
}

function formatDate(value: unknown, ...rest: unknown[]): string {
  const text = asText(value);
  // A missing date is empty, as every missing variable is.
  if (text === '') return '';
  const formatted = strftime(text, asText(bind(['format'], rest).get('format')));
  if (formatted === undefined) throw new FilterError('strftime is given something that is not a date');
  return formatted;
}

export const filters: Readonly<Record<string, Filter>> = {
  strftime: formatDate,
  format: (value, ...values) => printf(asText(value), values),
  truncate,
  length: sizeOf,
  count: sizeOf,
  int: toInteger,
  float: toFloat,
  wordcount: (value) => asText(value).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0,
  center: (value, ...rest) => {
    const text = asText(value);
    const width = Math.min(asInteger(bind(['width'], rest).get('width'), 80), 10_000);
    const missing = Math.max(0, width - [...text].length);
    // Where it does not divide, Python puts the odd space to the left in odd widths.
    const left = Math.floor(missing / 2) + (missing & width & 1);
    return ' '.repeat(left) + text + ' '.repeat(missing - left);
  },
  urlencode: (value) =>
    value instanceof Map
      ? [...value].map(([key, one]) => `${quote(key, '')}=${quote(one, '')}`).join('&')
      : quote(value),
};
