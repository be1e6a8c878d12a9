import { usage } from '../../../src/errors/usage.ts';
import { type Condition, filterSettings, readTypedCondition } from '../compare/filter.ts';
import {
  type ComparisonSettings,
  comparisonSettings,
  type FieldType,
  fieldTypes,
} from '../compare/settings.ts';
import type { ComparisonSpec, FieldMapping } from '../compare/spec.ts';
import { type CsvFormat, csvFormat } from '../sources/csv/csv-source.ts';

/** How two files are compared, as typed. */
export interface ComparisonOptions {
  readonly key: string;
  readonly keyB?: string;
  /** Each may hold several; false: `--no-fields`. */
  readonly fields?: readonly string[] | false;
  readonly type?: readonly string[];
  readonly privileged?: readonly string[];
  readonly ignoreCase?: boolean;
  readonly trim?: boolean;
  readonly nfc?: boolean;
  readonly stripDomain?: string;
  readonly label?: string;
  readonly whereA?: readonly string[];
  readonly whereB?: readonly string[];
  /** The side whose keys are reported where the other lacks them; neither: both. */
  readonly only?: 'left' | 'right';
  readonly delimiter?: string;
  readonly encoding?: string;
  readonly encodingA?: string;
  readonly encodingB?: string;
  readonly show?: readonly string[];
}

/**
 * What is compared, once the columns of the files are known: without `--fields` all that both have, but for the keys.
 *
 * @throws OperatorError `usage`, exit 2.
 */
export function readComparison(
  options: ComparisonOptions,
  columnsA: readonly string[],
  columnsB: readonly string[],
): ComparisonSpec {
  const { key: keyA, keyB = keyA } = options;
  const mappings = mappingsOf(options, keyA, keyB, columnsA, columnsB);
  const where = {
    a: (options.whereA ?? []).map((text) => conditionOf('--where-a', text, columnsA)),
    b: (options.whereB ?? []).map((text) => conditionOf('--where-b', text, columnsB)),
  };
  return { comparisonId: 0, keyA, keyB, mappings, settings: settingsOf(options, mappings, where) };
}

function mappingsOf(
  { fields }: ComparisonOptions,
  keyA: string,
  keyB: string,
  columnsA: readonly string[],
  columnsB: readonly string[],
): readonly FieldMapping[] {
  if (fields === false) return [];
  if (fields !== undefined) return split(fields, ',').map((field) => mapping(field, columnsA));
  return columnsA
    .filter((column) => column !== keyA && column !== keyB && columnsB.includes(column))
    .map((column) => ({ field_a: column, field_b: column }));
}

/** `a` or `a:b`; a column whose own name holds a colon is meant before anything else. */
function mapping(text: string, columnsA: readonly string[]): FieldMapping {
  const colons = [...text.matchAll(/:/g)].map(({ index }) => index);
  const at = columnsA.includes(text)
    ? undefined
    : colons.find((colon) => columnsA.includes(text.slice(0, colon)));
  const cut = at ?? (columnsA.includes(text) ? undefined : colons[0]);
  if (cut === undefined) return { field_a: text, field_b: text };
  const [field_a, field_b] = [text.slice(0, cut), text.slice(cut + 1)];
  if (field_a === '' || field_b === '')
    throw usage(`'${text}' names no two columns.`, 'Give --fields name_in_a:name_in_b.');
  return { field_a, field_b };
}

function conditionOf(option: string, text: string, columns: readonly string[]): Condition {
  const [condition] = filterSettings.safeParse([readTypedCondition(text, columns)]).data ?? [];
  if (condition === undefined) {
    throw usage(
      `'${text}' is no condition of rows.`,
      `Give ${option} 'column=value', 'column!=value', 'column in x,y', 'column matches ^regex', 'column empty' or 'column not empty'.`,
    );
  }
  return condition;
}

function settingsOf(
  options: ComparisonOptions,
  mappings: readonly FieldMapping[],
  where: { readonly a: readonly Condition[]; readonly b: readonly Condition[] },
): ComparisonSettings {
  const { trim = false, ignoreCase = false, nfc = false, stripDomain = false } = options;
  const types = new Map((options.type ?? []).map(readType));
  const privileged = split(options.privileged ?? [], ',');
  const mapped = mappings.map(({ field_a }) => field_a);
  for (const [option, names] of [
    ['--type', [...types.keys()]],
    ['--privileged', privileged],
  ] as const) {
    const unknown = names.find((name) => !mapped.includes(name));
    if (unknown !== undefined)
      throw usage(
        `${option} is about the column '${unknown}', which is not compared.`,
        mapped.length === 0 ? 'Name it in --fields.' : `Compared are ${mapped.join(', ')}; see --fields.`,
      );
  }
  const field = (name: string) => ({
    ...(types.has(name) ? { type: types.get(name) } : {}),
    ignore_case: ignoreCase,
    trim,
    // In a file, a cell of blanks is an empty one where white space does not count.
    null_is_empty: trim,
    privileged: privileged.includes(name),
  });
  const leniently = (one: Condition) => ({ ...one, trim, ignore_case: ignoreCase });
  const checked = comparisonSettings.safeParse({
    key: {
      trim,
      case_fold: ignoreCase,
      unicode_nfc: nfc,
      strip_domain: stripDomain === 'any' ? true : stripDomain,
    },
    fields: Object.fromEntries(mapped.map((name) => [name, field(name)])),
    where: { a: where.a.map(leniently), b: where.b.map(leniently) },
    sides: options.only ?? 'both',
    show: split(options.show ?? [], ','),
    ...(options.label === undefined ? {} : { label: options.label }),
  });
  if (checked.success) return checked.data;
  throw usage(`'${stripDomain}' is not a domain.`, "Give --strip-domain example.org, or 'any'.");
}

function readType(text: string): readonly [string, FieldType] {
  const at = text.lastIndexOf('=');
  const type = fieldTypes.find((one) => one === text.slice(at + 1));
  if (at > 0 && type !== undefined) return [text.slice(0, at), type];
  throw usage(
    `'${text}' does not give the type of a column.`,
    `Give --type column=type, with one of ${fieldTypes.join(', ')}.`,
  );
}

function split(texts: readonly string[], separator: string): readonly string[] {
  return texts
    .flatMap((text) => text.split(separator).map((part) => part.trim()))
    .filter((part) => part !== '');
}

/** @throws OperatorError `usage`, exit 2. */
export function readCsvFormat(options: ComparisonOptions, side: 'a' | 'b'): CsvFormat {
  const { delimiter } = options;
  const encoding = (side === 'a' ? options.encodingA : options.encodingB) ?? options.encoding;
  const checked = csvFormat.safeParse({
    ...(delimiter === undefined ? {} : { delimiter: /^(?:tab|\\t)$/i.test(delimiter) ? '\t' : delimiter }),
    ...(encoding === undefined ? {} : { encoding }),
  });
  if (checked.success) return checked.data;
  const option = checked.error.issues[0]?.path[0] === 'encoding' ? 'encoding' : 'delimiter';
  throw usage(
    `'${option === 'encoding' ? encoding : delimiter}' is no ${option} that can be read.`,
    option === 'encoding'
      ? 'Give one such as utf-8, utf-16le or windows-1252.'
      : "Give --delimiter ',' ';' '|' or tab.",
  );
}
