import { z } from 'zod';
import { scheduleText } from '../../config/values.ts';
import { asClause, issueWords } from '../../errors/issue-words.ts';
import { channels } from '../../notify/channels/lookup.ts';
import type { EventDefinition, PersonRecipient } from '../../notify/notifier.ts';
import { misfirePolicies } from '../../schedule/misfire.ts';
import { durationHint, readDuration } from '../../time/duration.ts';
import type { JobDefinition } from '../define-job.ts';

const kebabCase = z
  .string()
  .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, { error: 'must be kebab-case, such as invoice-check' })
  .max(63, { error: 'must have at most 63 characters' });

const timeout = z.string().refine((text) => (readDuration(text) ?? 0) > 0, {
  error: `must be a time longer than nothing: ${durationHint}`,
});

function method(what: string) {
  return z.custom((value) => typeof value === 'function', { error: `must be a function: ${what}` });
}

/** Looks at the schema as the program will: it must answer at once, and have a JSON Schema. */
function describable(schema: z.ZodObject): boolean {
  try {
    schema.safeParse({});
    z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    return true;
  } catch {
    return false;
  }
}

const strictObject = z
  .custom<z.ZodObject>((value) => value instanceof z.ZodObject, {
    error: "must be a schema: z.strictObject({ … }) with the z of 'opsdeck-jobs'",
    abort: true,
  })
  .refine((schema) => schema.def.catchall instanceof z.ZodNever, {
    error: 'must be strict, so that an unknown name is refused: z.strictObject({ … })',
  })
  .refine(describable, {
    error: 'must be a schema without asynchronous checks that JSON Schema can describe',
  });

/** What could break the pages or the messages of every other job. */
const programsOwn = z.undefined({ error: "is only for the program's own jobs" }).optional();

const audience = z.strictObject({ words: z.string(), recipients: z.array(z.custom<PersonRecipient>()) });

const event = z.strictObject({
  code: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,49}$/, { error: 'must be the code of an event: INVOICE_OVERDUE' }),
  name: z.string().trim().min(1),
  description: z.string(),
  channels: z.array(z.enum(channels)),
  daysOffset: z.int(),
  offAtFirst: z.literal(true).optional(),
  variables: z.array(z.string()).optional(),
  audience: audience.optional(),
} satisfies Record<keyof EventDefinition, z.ZodType>);

/** A job as {@link JobDefinition} has it; what is not known is refused: a misspelt name would silently not count. */
const definitionSchema = z.strictObject({
  name: kebabCase,
  description: z.string().trim().min(1, { error: 'must describe the job' }),
  schedule: scheduleText('the job'),
  misfire: z.enum(misfirePolicies, { error: "must be 'latest' or 'skip'" }),
  enabledAtFirst: z.boolean().optional(),
  timeout,
  concurrencyKey: method('concurrencyKey(params)').optional(),
  repeatable: z.boolean().optional(),
  requires: z.record(z.string().min(1), z.array(z.string().min(1)), {
    error: "must be an object of tables with their columns: { user: ['id', 'email'] }",
  }),
  events: z.array(event).optional(),
  params: strictObject,
  settings: strictObject,
  databaseVariable: programsOwn,
  grants: programsOwn,
  check: programsOwn,
  runsToKeep: programsOwn,
  resultToKeep: programsOwn,
  record: programsOwn,
  gauges: programsOwn,
  attention: programsOwn,
  messageVariables: programsOwn,
  renewHeld: programsOwn,
  enabling: programsOwn,
  besideOpsdeck: programsOwn,
  plannedRows: programsOwn,
  fileParams: z.array(z.string()).optional(),
  namedParams: programsOwn,
  checkParams: method('checkParams(params, db)').optional(),
  run: method('run(context)'),
  nothingEvaluated: method('nothingEvaluated(result)').optional(),
  faultOf: method('faultOf(result)').optional(),
  failedChannels: method('failedChannels(result)').optional(),
  workingChannels: method('workingChannels(result)').optional(),
  failureEffect: method('failureEffect(result)').optional(),
  judgedStatuses: z.array(z.string()).optional(),
  judge: method('judge(result)').optional(),
  present: method('present(result)'),
} satisfies Record<keyof JobDefinition, z.ZodType>);

/** A job that was checked, or what is wrong with it in one clause. */
export type CheckedDefinition = { readonly job: JobDefinition } | { readonly wrong: string };

/** Checks what a file exports before anything is done with it. */
export function checkDefinition(value: unknown): CheckedDefinition {
  const wrong: string[] = [];
  if (isDefinition(value, wrong)) return { job: value };
  return { wrong: wrong.join('; ') };
}

/** The value itself and not its copy: a job may use `this`. */
function isDefinition(value: unknown, wrong: string[]): value is JobDefinition {
  const checked = definitionSchema.safeParse(value, { error: issueWords });
  if (checked.success) return true;
  wrong.push(...checked.error.issues.map((issue) => wordsOf(issue, value)));
  return false;
}

function wordsOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'unrecognized_keys') return `${issue.keys.join(', ')}: not known in a job`;
  const [key] = issue.path;
  if (key === undefined) return 'what it exports is not a job; make it with defineJob({ … })';
  if (typeof value === 'object' && value !== null && !(key in value)) return `${String(key)}: is missing`;
  return `${issue.path.map(String).join('.')}: ${asClause(issue.message)}`;
}
