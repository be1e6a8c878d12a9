import { stripComments } from 'jsonc-parser';
import { z } from 'zod';
import { asClause } from '../../../src/errors/issue-words.ts';
import { usage } from '../../../src/errors/usage.ts';
import { findPlaces, findSyntaxError, findTooDeep } from '../../../src/import/json-places.ts';
import { ProblemList } from '../../../src/import/problems.ts';
import { isUnstorable, unstorable } from '../../../src/import/unstorable.ts';
import { readWholeText } from '../../../src/import/whole-text.ts';
import { readAlertRoute } from '../alert/alert-recipients.ts';
import { comparisonSettings } from '../compare/settings.ts';
import { keyWords } from '../known-keys.ts';
import { readSchedule } from '../schedule.ts';
import {
  type ConfigProblem,
  needsPlugin,
  pluginSourceType,
  type SourceType,
  sourceConfigs,
  sourceProblems,
} from '../sources/source-configs.ts';

const sourceTypes = z.enum([...Object.keys(sourceConfigs), pluginSourceType]);
/** A path is kept as the JSON text of its steps: OpsDeck's columns hold texts. */
const field = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1).max(20)], {
    error: 'is not the name of a field, nor a list of the steps to it',
  })
  .transform((given) => {
    if (typeof given === 'string') return given;
    const [only] = given;
    return given.length === 1 && only !== undefined ? only : JSON.stringify(given);
  });
const keyField = field.pipe(z.string().max(50));

/**
 * One comparison of the file: OpsDeck's columns, and `settings`, which are ours. What is left out keeps its value, or in a new
 * comparison has OpsDeck's default; a source's configuration is always the one of the file.
 */
export const comparisonShape = z.strictObject({
  name: z.string().trim().min(1).max(200),
  description: z.string().optional(),
  source_a_type: sourceTypes,
  source_a_config: z.record(z.string(), z.unknown()).nullish(),
  source_b_type: sourceTypes,
  source_b_config: z.record(z.string(), z.unknown()).nullish(),
  key_field_a: keyField,
  key_field_b: keyField,
  field_mappings: z.array(z.strictObject({ field_a: field, field_b: field })).optional(),
  schedule_type: z.enum(['manual', 'daily', 'weekly', 'monthly']).optional(),
  schedule_config: z
    .strictObject({ hour: z.int(), day_of_week: z.int(), day_of_month: z.int() })
    .partial()
    .optional(),
  alert_on_left_only: z.boolean().optional(),
  alert_on_right_only: z.boolean().optional(),
  alert_on_mismatches: z.boolean().optional(),
  min_findings_threshold: z.int().min(0).max(2_147_483_647).optional(),
  notification_channels: z.array(z.string()).optional(),
  notification_recipients: z
    .array(z.strictObject({ type: z.string(), value: z.union([z.string(), z.int()]) }))
    .optional(),
  auto_create_incidents: z.boolean().optional(),
  auto_incident_severity: z.string().min(1).max(10).optional(),
  is_enabled: z.boolean().optional(),
  settings: comparisonSettings.optional(),
});
/** As a person writes it. */
export type ComparisonEntry = z.input<typeof comparisonShape>;
export type ImportedComparison = z.output<typeof comparisonShape>;

/** What is wrong with one comparison beyond its shape, also where its shape is wrong elsewhere. */
function deeperProblems(item: unknown): ConfigProblem[] {
  const object = z.record(z.string(), z.unknown()).safeParse(item);
  if (!object.success) return [];
  const { data: comparison } = object;
  const problems: ConfigProblem[] = [];
  for (const side of ['a', 'b']) {
    const [type, config] = [`source_${side}_type`, `source_${side}_config`];
    if (comparison[type] === pluginSourceType) {
      problems.push({ path: [type], message: `cannot be used: ${needsPlugin}` });
    } else if (isSourceType(comparison[type])) {
      for (const { path, message } of sourceProblems(comparison[type], comparison[config]))
        problems.push({ path: [config, ...path], message });
    }
  }
  const kind = comparisonShape.shape.schedule_type.safeParse(comparison['schedule_type']);
  const schedule = readSchedule(kind.data ?? 'manual', comparison['schedule_config']);
  if ('problem' in schedule) problems.push({ path: ['schedule_config'], message: schedule.problem });
  const { notes } = readAlertRoute(
    comparison['notification_channels'],
    comparison['notification_recipients'],
  );
  problems.push(...notes.map((note) => ({ path: [], message: note })));
  return problems;
}

function isSourceType(type: unknown): type is SourceType {
  return typeof type === 'string' && Object.hasOwn(sourceConfigs, type);
}

/** Paths of texts that PostgreSQL cannot hold. */
function* unstorablePaths(value: unknown, path: readonly PropertyKey[] = []): Generator<ConfigProblem> {
  if (typeof value === 'string') {
    if (isUnstorable(value)) yield { path, message: unstorable };
  } else if (value !== null && typeof value === 'object') {
    for (const [key, part] of Object.entries(value)) {
      const place = [...path, Array.isArray(value) ? Number(key) : key];
      if (isUnstorable(key)) yield { path: place, message: unstorable };
      else yield* unstorablePaths(part, place);
    }
  }
}

/** A file of comparisons, read and found good. */
export interface ComparisonFile {
  /** The JSON list, as it is in the file: numbers in it keep their digits. */
  readonly text: string;
  /** In the order of the list. */
  readonly comparisons: readonly ImportedComparison[];
}

/**
 * Reads a JSON list of comparisons; comments are allowed.
 *
 * @param path absolute path
 * @param file the path as the person typed it, for messages
 * @throws OperatorError for a file that cannot be read or is not JSON; RefusedFile with every problem; exit 2.
 */
export async function readComparisonFile(path: string, file: string): Promise<ComparisonFile> {
  // A space for each character of a comment: places stay what they are.
  const text = stripComments(await readWholeText(path, file, 'a list of comparisons'), ' ');
  const list = z.array(z.unknown()).safeParse(parseJson(text, file));
  if (!list.success || list.data.length === 0) {
    throw usage(
      list.success ? `${file} has no comparison in it.` : `${file} is not a list of comparisons.`,
      'Write [{"name": …, "source_a_type": …}, …]; see `uar import --help`.',
      list.success ? 'file_without_comparisons' : 'not_a_list_of_comparisons',
    );
  }
  const comparisons: ImportedComparison[] = [];
  const problems: ConfigProblem[] = [...unstorablePaths(list.data)];
  const names = new Map<string, number>();
  for (const [index, item] of list.data.entries()) {
    problems.push(...deeperProblems(item).map((one) => ({ ...one, path: [index, ...one.path] })));
    const read = comparisonShape.safeParse(item, { error: keyWords });
    if (!read.success) {
      problems.push(
        ...read.error.issues.map(({ path, message }) => ({
          path: [index, ...path],
          message: asClause(message),
        })),
      );
      continue;
    }
    const earlier = names.get(read.data.name);
    if (earlier !== undefined)
      problems.push({ path: [index, 'name'], message: `is the name of number ${earlier + 1}, too` });
    names.set(read.data.name, index);
    comparisons.push(read.data);
  }
  if (problems.length > 0) throw refusal(text, file, problems);
  return { text, comparisons };
}

function parseJson(text: string, file: string): unknown {
  const deep = findTooDeep(text);
  try {
    if (deep === undefined) return JSON.parse(text);
  } catch {
    // Said below, with its place.
  }
  const { line, column, what } =
    deep === undefined ? findSyntaxError(text) : { ...deep, what: 'nested too deep' };
  throw usage(
    `${file}, line ${line}, column ${column}: this is not JSON (${what}).`,
    'Correct it there.',
    'not_json',
  );
}

/** `[0].source_a_config.path`. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}

function refusal(text: string, file: string, found: readonly ConfigProblem[]) {
  const place = findPlaces(
    text,
    found.map(({ path }) => path),
  );
  const problems = new ProblemList();
  problems.addAll(
    found.map(({ path, message }) => ({ ...place(path), message: `${pathText(path)} ${message}` })),
  );
  return problems.refusal(file, 'Correct the file and import it again; --dry-run checks without writing.');
}
