import { createHash } from 'node:crypto';
import type { Condition } from '../../../../jobs/uar/compare/filter.ts';
import type {
  ComparisonSettings,
  FieldSettings,
  KeySettings,
} from '../../../../jobs/uar/compare/settings.ts';
import type { ComparisonSpec } from '../../../../jobs/uar/compare/spec.ts';
import type { Difference } from '../../../../jobs/uar/compare/summary.ts';
import type { Severity } from '../../../../src/job/severity.ts';
import type { Json, JsonObject } from '../../../../src/text/json.ts';
import type { SideRows } from './staged.ts';

/*
 * What a comparison must find, read off its rules with maps and loops: slow, in memory, and without anything of the program but the
 * shapes.
 */

export interface ExpectedFinding {
  readonly finding_type: string;
  readonly key_text: string;
  readonly severity: Severity;
  readonly raw_data_a: Json;
  readonly raw_data_b: Json;
  readonly differences: Json;
  readonly identity: string;
}

export interface Expected {
  readonly findings: readonly ExpectedFinding[];
  readonly compared: number;
  readonly empty: { readonly a: number; readonly b: number };
  readonly nearMisses: number;
  readonly excluded: { readonly a: number; readonly b: number };
  readonly unreported: number;
  /** `side field: rows`, sorted. */
  readonly notOfType: readonly string[];
}

type Row = Readonly<Record<string, string | null>>;

const folded = (text: string) => text.toLowerCase().replaceAll('ς', 'σ');
export const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Soft hyphen, joiners, marks of direction and the like. */
const unseen =
  '\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufe0f';
const seen = (text: string) => [...text].filter((letter) => !unseen.includes(letter)).join('');
const looksEmpty = (text: string) => seen(text).trim() === '';
const alike: Readonly<Record<string, string>> = {
  ...{
    а: 'a',
    в: 'b',
    с: 'c',
    е: 'e',
    ѕ: 's',
    і: 'i',
    ј: 'j',
    һ: 'h',
    к: 'k',
    м: 'm',
    н: 'h',
    о: 'o',
    р: 'p',
    т: 't',
  },
  ...{
    у: 'y',
    х: 'x',
    ԁ: 'd',
    ԛ: 'q',
    ԝ: 'w',
    ѵ: 'v',
    ь: 'b',
    ı: 'i',
    ɑ: 'a',
    ɡ: 'g',
    0: 'o',
    1: 'l',
    '|': 'l',
  },
  ...{
    α: 'a',
    β: 'b',
    γ: 'y',
    ε: 'e',
    η: 'n',
    ι: 'i',
    κ: 'k',
    ν: 'v',
    ο: 'o',
    ρ: 'p',
    τ: 't',
    υ: 'u',
    χ: 'x',
    ω: 'w',
  },
};
const lookOf = (key: string) =>
  [...folded(seen(key).normalize('NFKC'))]
    .map((letter) => alike[letter] ?? letter)
    .join('')
    .trim()
    .replace(/[.\s\ufeff]+$/u, '');

function comparedKey(key: string | null, settings: KeySettings): string {
  const text = strippedKey(key ?? '', settings);
  return looksEmpty(text) ? '' : text;
}

function strippedKey(key: string, settings: KeySettings): string {
  let text = key;
  if (settings.trim) text = text.replaceAll('\r\n', '\n').trim();
  if (settings.unicode_nfc) text = text.normalize('NFC');
  if (settings.case_fold) text = folded(text);
  if (settings.strip_domain === true) return text.replace(/@[^@]*$/, '');
  if (settings.strip_domain === false) return text;
  const domain = `@${settings.strip_domain.replace(/^@/, '')}`;
  return text.toLowerCase().endsWith(domain.toLowerCase()) ? text.slice(0, -domain.length) : text;
}

/** Does a row meet the conditions of its side? */
function isKept(row: Row, conditions: readonly Condition[]): boolean {
  return conditions.every((one) => {
    const cell = row[one.column] ?? null;
    const lenient = (text: string) => {
      const trimmed = one.trim ? text.replaceAll('\r\n', '\n').trim() : text;
      return one.ignore_case ? folded(trimmed) : trimmed;
    };
    const text = cell === null ? null : lenient(cell);
    if (one['='] !== undefined) return text === lenient(one['=']);
    if (one['!='] !== undefined) return text !== lenient(one['!=']);
    if (one.in !== undefined) return text !== null && one.in.map(lenient).includes(text);
    if (one.matches !== undefined) {
      const read = cell === null || !one.trim ? cell : cell.trim();
      return read !== null && new RegExp(one.matches, one.ignore_case ? 'i' : '').test(read);
    }
    return one.empty === looksEmpty(cell ?? '');
  });
}

function filtered(
  { columns, rows }: SideRows,
  conditions: readonly Condition[],
): { readonly kept: SideRows; readonly excluded: number } {
  const kept = rows.filter((cells) =>
    isKept(Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? null])), conditions),
  );
  return { kept: { columns, rows: kept }, excluded: rows.length - kept.length };
}

function byKey({ columns, rows }: SideRows, key: string, settings: KeySettings): Map<string, Row[]> {
  const found = new Map<string, Row[]>();
  for (const cells of rows) {
    const row = Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? null]));
    const text = comparedKey(row[key] ?? null, settings);
    found.set(text, [...(found.get(text) ?? []), row]);
  }
  return found;
}

/** `1.50` and `+15e-1` become the same text; undefined: no number. */
function asNumber(text: string): string | undefined {
  const match = /^[ \t\r\n]*([+-]?)(?:(\d+)\.?(\d*)|\.(\d+))(?:[eE]([+-]?\d{1,3}))?[ \t\r\n]*$/.exec(text);
  if (match === null || text.length > 1000) return undefined;
  const [, sign = '', whole = '', after = '', only = '', exponent = '0'] = match;
  const fraction = after + only;
  const shifted = BigInt(whole + fraction).toString();
  if (shifted === '0') return '0';
  const digits = shifted.replace(/0+$/, '');
  return `${sign === '-' ? '-' : ''}${digits}e${Number(exponent) - fraction.length + (shifted.length - digits.length)}`;
}

function asBoolean(text: string): string | undefined {
  const word = text.replace(/^ +| +$/g, '').toLowerCase();
  if (['true', 't', 'yes', 'y', 'on', '1'].includes(word)) return 'true';
  return ['false', 'f', 'no', 'n', 'off', '0'].includes(word) ? 'false' : undefined;
}

function asDate(text: string): string | undefined {
  const time = /^(?:[T ](?:[01]\d|2[0-4]):[0-5]\d(?::[0-6]\d(?:[.,]\d+)?)?[ ]?(?:Z|[+-]\d\d(?::?\d\d)?)?)?$/;
  const word = text.replace(/^ +| +$/g, '');
  const match =
    /^(\d{4})[-/](0?[1-9]|1[0-2])[-/](0?[1-9]|[12]\d|3[01])(?!\d)(.*)$/.exec(word) ??
    /^(\d{4})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(.*)$/.exec(word);
  if (match !== null && time.test(match[4] ?? '')) return day(match[1], match[2], match[3]);
  const dotted = /^(0?[1-9]|[12]\d|3[01])\.(0?[1-9]|1[0-2])\.(\d{4})(.*)$/.exec(word);
  return dotted !== null && time.test(dotted[4] ?? '') ? day(dotted[3], dotted[2], dotted[1]) : undefined;
}

const day = (year = '', month = '', of = '') => `${year}-${month.padStart(2, '0')}-${of.padStart(2, '0')}`;

function asJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function asList(text: string): readonly string[] {
  const json = text.trimStart().startsWith('[') ? asJson(text) : undefined;
  if (Array.isArray(json)) {
    return json
      .map((element: Json) => (typeof element === 'string' ? element : JSON.stringify(element)))
      .sort(byBytes);
  }
  const parts = text.split(text.includes(';') ? ';' : ',');
  return parts
    .map((part) => part.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''))
    .filter((part) => part !== '')
    .sort(byBytes);
}

function sameJson(a: Json, b: Json): boolean {
  return walk(a, b, '').length === 0;
}

interface Place {
  readonly path: string;
  readonly value_a: Json;
  readonly value_b: Json;
  readonly kind: Difference['kind'];
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function typeOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function walk(a: Json | undefined, b: Json | undefined, path: string): Place[] {
  if (a === undefined) return b === undefined ? [] : [{ path, value_a: null, value_b: b, kind: 'only_b' }];
  if (b === undefined) return [{ path, value_a: a, value_b: null, kind: 'only_a' }];
  if (Array.isArray(a) && Array.isArray(b)) {
    const [listA, listB]: [readonly Json[], readonly Json[]] = [a, b];
    return Array.from({ length: Math.max(a.length, b.length) }, (_, index) =>
      walk(listA[index], listB[index], `${path}/${index}`),
    ).flat();
  }
  if (isObject(a) && isObject(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])]
      .sort(byBytes)
      .flatMap((key) => walk(a[key], b[key], `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`));
  }
  if (typeOf(a) !== typeOf(b)) return [{ path, value_a: a, value_b: b, kind: 'type' }];
  return a === b ? [] : [{ path, value_a: a, value_b: b, kind: 'changed' }];
}

interface FieldResult {
  readonly places: readonly Place[];
  readonly notOfTypeA?: boolean;
  readonly notOfTypeB?: boolean;
}

const nothing: FieldResult = { places: [] };

function compareField(valueA: string | null, valueB: string | null, settings: FieldSettings): FieldResult {
  if (valueA === valueB) return nothing;
  const prepare = (value: string | null) => {
    let text = value ?? (settings.null_is_empty ? '' : null);
    if (text !== null && settings.trim) text = text.replaceAll('\r\n', '\n').trim();
    return text !== null && settings.ignore_case ? folded(text) : text;
  };
  const [a, b] = [prepare(valueA), prepare(valueB)];
  const whole = (notOfTypeA = false, notOfTypeB = false): FieldResult => {
    if (a === b) return nothing;
    const kind =
      valueA === null ? 'only_b' : valueB === null ? 'only_a' : notOfTypeA || notOfTypeB ? 'type' : 'changed';
    return { places: [{ path: '', value_a: valueA, value_b: valueB, kind }], notOfTypeA, notOfTypeB };
  };
  const scalar = (read: (text: string) => string | undefined): FieldResult => {
    const [readA, readB] = [a === null ? undefined : read(a), b === null ? undefined : read(b)];
    if (readA !== undefined && readA === readB) return nothing;
    return whole(readA === undefined && (a ?? '') !== '', readB === undefined && (b ?? '') !== '');
  };
  const nested = (declared: boolean): FieldResult => {
    const read = (text: string | null) =>
      text !== null && (declared || /^[ \t\r\n]*[[{]/.test(text)) ? asJson(text) : undefined;
    const [readA, readB] = [read(a), read(b)];
    if (readA !== undefined && readB !== undefined) {
      return sameJson(readA, readB) ? nothing : { places: walk(readA, readB, '') };
    }
    return whole(
      declared && readA === undefined && (a ?? '') !== '',
      declared && readB === undefined && (b ?? '') !== '',
    );
  };
  switch (settings.type) {
    case 'text':
      return whole();
    case 'number':
      return scalar(asNumber);
    case 'boolean':
      return scalar(asBoolean);
    case 'date':
      return scalar(asDate);
    case 'list':
      return a === null || b === null ? whole() : lists(asList(a), asList(b));
    case 'json':
      return nested(true);
    case undefined:
      return nested(false);
    default:
      return settings.type satisfies never;
  }
}

function lists(a: readonly string[], b: readonly string[]): FieldResult {
  const without = (from: readonly string[], other: readonly string[]) => {
    const left = [...other];
    return from.filter((element) => {
      const at = left.indexOf(element);
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
  };
  const places = [
    ...without(a, b).map((element) => ({ element, kind: 'only_a' }) as const),
    ...without(b, a).map((element) => ({ element, kind: 'only_b' }) as const),
  ].sort((x, y) => byBytes(x.element, y.element) || byBytes(x.kind, y.kind));
  return {
    places: places.map(({ element, kind }) =>
      kind === 'only_a'
        ? { path: '', value_a: element, value_b: null, kind }
        : { path: '', value_a: null, value_b: element, kind },
    ),
  };
}

const ranks: readonly Severity[] = ['critical', 'high', 'medium', 'low'];
const worse = (a: Severity, b: Severity) => (ranks.indexOf(a) < ranks.indexOf(b) ? a : b);

/** The whole comparison. */
export function expectedOf(spec: ComparisonSpec, allA: SideRows, allB: SideRows): Expected {
  const { settings } = spec;
  const { kept: a, excluded: excludedA } = filtered(allA, settings.where.a);
  const { kept: b, excluded: excludedB } = filtered(allB, settings.where.b);
  let unreported = 0;
  const [rowsA, rowsB] = [byKey(a, spec.keyA, settings.key), byKey(b, spec.keyB, settings.key)];
  const empty = { a: rowsA.get('')?.length ?? 0, b: rowsB.get('')?.length ?? 0 };
  const findings: ExpectedFinding[] = [];
  const notOfType = new Map<string, number>();
  const alone: { readonly a: Set<string>; readonly b: Set<string> } = { a: new Set(), b: new Set() };
  let compared = 0;
  const report = (finding: Omit<ExpectedFinding, 'identity'>) =>
    findings.push({
      ...finding,
      identity: createHash('sha256')
        .update(`${spec.comparisonId}\u001f${finding.finding_type}\u001f${finding.key_text}`)
        .digest('hex'),
    });
  for (const key of new Set([...rowsA.keys(), ...rowsB.keys()])) {
    if (key === '') continue;
    const [inA, inB] = [rowsA.get(key) ?? [], rowsB.get(key) ?? []];
    if (inA.length > 1 || inB.length > 1) {
      for (const finding of duplicatesOf(key, inA, inB, settings)) {
        if (isReported(settings, inA.length, inB.length)) report(finding);
        else unreported += 1;
      }
      continue;
    }
    const [rowA, rowB] = [inA[0], inB[0]];
    if (rowA !== undefined && rowB !== undefined) {
      compared += 1;
      const mismatch = mismatchOf(spec, rowA, rowB, notOfType);
      if (mismatch !== undefined) report({ ...mismatch, key_text: key });
    } else if (rowA !== undefined) {
      alone.a.add(lookOf(key));
      if (!isReported(settings, 1, 0)) {
        unreported += 1;
        continue;
      }
      report({
        finding_type: 'Left Only (A)',
        key_text: key,
        severity: settings.severity.left_only,
        raw_data_a: rowA,
        raw_data_b: null,
        differences: null,
      });
    } else if (rowB !== undefined) {
      alone.b.add(lookOf(key));
      if (!isReported(settings, 0, 1)) {
        unreported += 1;
        continue;
      }
      report({
        finding_type: 'Right Only (B)',
        key_text: key,
        severity: settings.severity.right_only,
        raw_data_a: null,
        raw_data_b: rowB,
        differences: null,
      });
    }
  }
  for (const finding of withoutKey(rowsB.get('') ?? [], b.columns, spec)) report(finding);
  findings.sort((x, y) => byBytes(x.finding_type, y.finding_type) || byBytes(x.key_text, y.key_text));
  return {
    findings,
    compared,
    empty,
    excluded: { a: excludedA, b: excludedB },
    unreported,
    nearMisses: [...alone.a].filter((look) => alone.b.has(look)).length,
    notOfType: [...notOfType].map(([what, rows]) => `${what}: ${rows}`).sort(),
  };
}

/** A key that one side alone has is a finding only where that side matters. */
function isReported({ sides }: ComparisonSettings, inA: number, inB: number): boolean {
  return !((sides === 'right' && inB === 0) || (sides === 'left' && inA === 0));
}

function withoutKey(
  rows: readonly Row[],
  columns: readonly string[],
  { keyB, settings }: ComparisonSpec,
): readonly Omit<ExpectedFinding, 'identity'>[] {
  if (settings.sides === 'left') return [];
  const label = settings.label ?? columns.find((column) => column !== keyB);
  const byLabel = new Map<string, Row[]>();
  for (const row of rows) {
    const text = label === undefined ? '' : (row[label] ?? '');
    const name = looksEmpty(text) ? '(without a label)' : text;
    byLabel.set(name, [...(byLabel.get(name) ?? []), row]);
  }
  return [...byLabel].map(([key_text, same]) => ({
    finding_type: 'No Key (B)',
    key_text,
    severity: settings.severity.no_key,
    raw_data_a: null,
    raw_data_b: same.length === 1 ? (same[0] ?? null) : { count: same.length, rows: same.slice(0, 20) },
    differences: null,
  }));
}

function duplicatesOf(
  key: string,
  inA: readonly Row[],
  inB: readonly Row[],
  { severity }: ComparisonSettings,
): readonly Omit<ExpectedFinding, 'identity'>[] {
  const one = (type: 'A' | 'B', rows: readonly Row[], other: readonly Row[], lacking: Severity) => {
    if (rows.length < 2) return [];
    const raw = { count: rows.length, rows: rows.slice(0, 20) };
    return [
      {
        finding_type: `Duplicate Key (${type})`,
        key_text: key,
        severity: other.length > 0 ? severity.duplicate : worse(severity.duplicate, lacking),
        raw_data_a: type === 'A' ? raw : null,
        raw_data_b: type === 'B' ? raw : null,
        differences: null,
      },
    ];
  };
  return [...one('A', inA, inB, severity.left_only), ...one('B', inB, inA, severity.right_only)];
}

function mismatchOf(
  { mappings, settings }: ComparisonSpec,
  rowA: Row,
  rowB: Row,
  notOfType: Map<string, number>,
): Omit<ExpectedFinding, 'identity' | 'key_text'> | undefined {
  const plain: FieldSettings = { ignore_case: false, trim: false, null_is_empty: false, privileged: false };
  const found: JsonObject[] = [];
  let privileged = false;
  for (const { field_a, field_b } of mappings) {
    const field = settings.fields[field_a] ?? plain;
    const result = compareField(rowA[field_a] ?? null, rowB[field_b] ?? null, field);
    if (result.places.length > 0 && field.privileged) privileged = true;
    if (result.notOfTypeA === true) count(notOfType, `a ${field_a}`);
    if (result.notOfTypeB === true) count(notOfType, `b ${field_b}`);
    found.push(...result.places.map((place) => ({ field_a, field_b, ...place })));
  }
  if (found.length === 0) return undefined;
  return {
    finding_type: 'Mismatch',
    severity: privileged ? settings.severity.privileged : settings.severity.mismatch,
    raw_data_a: rowA,
    raw_data_b: rowB,
    differences: found,
  };
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
