import { z } from 'zod';
import { isUnstorable, unstorable } from '../../../src/import/unstorable.ts';
import { nearest } from '../../../src/text/suggest.ts';

/**
 * What OpsDeck's rule form can write: the target models, the methods of each, and the criterion that a method needs. An
 * imported rule is held to it, so that a misspelt criterion is found here and not as an `unknown` control on Monday.
 */
type CriterionKind = 'id' | 'text' | 'names';

interface Method {
  /** Null: the method needs nothing. Several: any one of them will do. */
  readonly needs: Readonly<Record<string, CriterionKind>> | null;
}

interface TargetModel {
  readonly defaultMethod: string;
  readonly methods: Readonly<Record<string, Method>>;
}

/** Models whose criteria have no method. */
const noMethod = '';
const nothing: Method = { needs: null };

const targetModels: Readonly<Record<string, TargetModel>> = {
  ActivityExecution: {
    defaultMethod: 'parent_match',
    methods: { parent_match: { needs: { value: 'id', activity_name: 'text' } } },
  },
  Campaign: {
    defaultMethod: 'tag_match',
    methods: { tag_match: { needs: { tags: 'names' } }, title_match: { needs: { title_pattern: 'text' } } },
  },
  MaintenanceLog: {
    defaultMethod: 'event_type_match',
    methods: { event_type_match: { needs: { event_type: 'text' } }, any_completed: nothing },
  },
  BCDRTestLog: {
    defaultMethod: 'any_passed',
    methods: { any_passed: nothing, plan_match: { needs: { plan_id: 'id' } } },
  },
  OnboardingProcess: { defaultMethod: noMethod, methods: { [noMethod]: nothing } },
  OffboardingProcess: { defaultMethod: noMethod, methods: { [noMethod]: nothing } },
  SecurityAssessment: { defaultMethod: noMethod, methods: { [noMethod]: nothing } },
  RiskAssessment: { defaultMethod: noMethod, methods: { [noMethod]: nothing } },
  UARExecution: {
    defaultMethod: 'any_completed',
    methods: {
      any_completed: nothing,
      comparison_match: { needs: { comparison_id: 'id' } },
      comparison_name_match: { needs: { comparison_name: 'text' } },
    },
  },
};

/** Names of the target models that the evaluation knows. */
export const targetModelNames: readonly string[] = Object.keys(targetModels);

const kinds: Readonly<Record<CriterionKind, { readonly schema: z.ZodType; readonly text: string }>> = {
  id: {
    schema: z.union([z.int().min(0).max(9_999_999_999), z.string().regex(/^ *\d{1,10}(?:\.0+)? *$/)]),
    text: 'an id',
  },
  text: { schema: z.string().min(1), text: 'a text' },
  names: { schema: z.array(z.string()).min(1), text: 'a list of names' },
};

const criteriaObject = z.record(z.string(), z.json());

/** As the evaluation has them (`opsdeck_jobs.try_jsonb`): what is beyond them is not read, and the rule is unknown. */
const longestBytes = 64 * 1024;
const mostBrackets = 200;

const textsOfJson = /"(?:[^"\\]|\\.)*"/g;
/** Beyond `numeric` (an exponent of four digits), or the id of nothing. */
const absurdNumber = /e[+-]?\d{4}|\d{1000}/i;

function tooMuch(json: string): string | null {
  if (Buffer.byteLength(json) > longestBytes) return 'is longer than 64 KiB';
  // In texts too: the evaluation counts the characters.
  if (json.replace(/[^[{]/g, '').length > mostBrackets) {
    return `has more than ${mostBrackets} opening brackets`;
  }
  return null;
}

/** What PostgreSQL's `jsonb` does not take, although it is JSON; null when all is well. */
function notForJsonb(json: string): string | null {
  for (const [text] of json.matchAll(textsOfJson)) {
    if (isUnstorable(z.string().parse(JSON.parse(text)))) return unstorable;
  }
  return absurdNumber.test(json.replace(textsOfJson, '""'))
    ? 'has a number that is no use to any rule'
    : null;
}

function parseObject(text: string): z.output<typeof criteriaObject> | string {
  const much = tooMuch(text);
  if (much !== null) return much;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'is not valid JSON';
  }
  const refused = notForJsonb(text);
  if (refused !== null) return refused;
  const object = criteriaObject.safeParse(value);
  return object.success ? object.data : 'is not a JSON object';
}

function methodProblem(model: TargetModel, name: unknown): string | null {
  if (typeof name === 'string' && Object.hasOwn(model.methods, name)) return null;
  const known = Object.keys(model.methods).join(', ');
  return `names the method ${JSON.stringify(name)}: known are ${known}`;
}

/** Why no evidence can be found by these criteria; null when they are good. `text` is JSON; the sentence lacks its subject. */
export function criteriaProblem(targetModel: string, text: string): string | null {
  const model = Object.hasOwn(targetModels, targetModel) ? targetModels[targetModel] : undefined;
  const criteria = parseObject(text);
  if (typeof criteria === 'string') return criteria;
  // Without its model nothing more can be said; the model is a problem of its own.
  if (model === undefined) return null;
  const named = criteria['method'] ?? model.defaultMethod;
  const method = model.defaultMethod === noMethod ? noMethod : named;
  const wrong = methodProblem(model, method);
  if (wrong !== null) return wrong;
  if (model.defaultMethod === noMethod) return optionalProblem(targetModel, criteria);
  const needs = model.methods[String(method)]?.needs ?? null;
  if (needs === null) return null;
  for (const [name, kind] of Object.entries(needs)) {
    const value = criteria[name];
    if (value === undefined || value === null || value === '') continue;
    return kinds[kind].schema.safeParse(value).success
      ? null
      : `has a "${name}" that is not ${kinds[kind].text}`;
  }
  return missingProblem(Object.keys(needs), Object.keys(criteria));
}

/** The models without a method: a supplier may be named; a tag cannot be evaluated, because people have none. */
function optionalProblem(targetModel: string, criteria: z.output<typeof criteriaObject>): string | null {
  if (targetModel === 'SecurityAssessment') {
    const supplier = criteria['supplier_id'] ?? '';
    const good = supplier === '' || kinds.id.schema.safeParse(supplier).success;
    return good ? null : 'has a "supplier_id" that is not an id';
  }
  const tagged = targetModel !== 'RiskAssessment' && (criteria['tag'] ?? '') !== '';
  return tagged ? 'has a "tag", which cannot be evaluated: people have no tags' : null;
}

function missingProblem(needed: readonly string[], given: readonly string[]): string {
  const names = needed.map((name) => `"${name}"`).join(' or ');
  const misspelt = given.find((name) => name !== 'method' && nearest(name, needed) !== undefined);
  const hint = misspelt === undefined ? '' : `: is "${misspelt}" meant to be it?`;
  return `lacks ${names}${hint}`;
}

/** Criteria that are read although no method needs them. */
const optionalCriteria: Readonly<Record<string, readonly string[]>> = {
  OnboardingProcess: ['tag'],
  OffboardingProcess: ['tag'],
  SecurityAssessment: ['supplier_id'],
};

/** A key that no rule of this model reads: a typing error changes nothing, and nobody notices. null: there is none. */
export function unknownCriterion(targetModel: string, text: string): string | null {
  const model = Object.hasOwn(targetModels, targetModel) ? targetModels[targetModel] : undefined;
  const criteria = parseObject(text);
  if (model === undefined || typeof criteria === 'string') return null;
  const known = [
    'method',
    ...Object.values(model.methods).flatMap(({ needs }) => Object.keys(needs ?? {})),
    ...(optionalCriteria[targetModel] ?? []),
  ];
  const unknown = Object.keys(criteria).find((key) => !known.includes(key));
  if (unknown === undefined) return null;
  const meant = nearest(unknown, known);
  const hint = meant === undefined ? `known are ${known.join(', ')}` : `did you mean "${meant}"?`;
  return `has the unknown key ${JSON.stringify(unknown)}: ${hint}`;
}
