import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { duration } from '../../src/config/values.ts';
import { evidenceFloorDays, findKnownTable, knownTableNames } from './policy/known-tables.ts';

/** What becomes of a row that is due. */
export const retentionActions = ['archive_then_delete', 'archive_only', 'delete', 'anonymise'] as const;
export type RetentionAction = (typeof retentionActions)[number];

const conditionOperators = [
  'equals',
  'not_equals',
  'less_than',
  'greater_than',
  'in',
  'not_in',
  'is_null',
  'is_not_null',
] as const;

const durationText = z
  .string()
  .refine((text) => duration.safeParse(text).success, { error: 'is not a duration; give one such as 30s' });

/** A name as PostgreSQL writes it without quotes; it is quoted all the same. */
const columnName = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/, { error: 'is not the name of a column' });
const scalar = z.union([z.string(), z.number(), z.boolean()]);

const condition = z
  .strictObject({
    column: columnName,
    operator: z.enum(conditionOperators),
    value: z.union([scalar, z.array(scalar).min(1)]).optional(),
  })
  .superRefine(({ operator, value }, context) => {
    const wanted =
      operator === 'is_null' || operator === 'is_not_null'
        ? 'nothing'
        : operator === 'in' || operator === 'not_in'
          ? 'a list'
          : 'one value';
    const given = value === undefined ? 'nothing' : Array.isArray(value) ? 'a list' : 'one value';
    if (given !== wanted)
      context.addIssue({
        code: 'custom',
        path: ['value'],
        message: `${operator} takes ${wanted}, not ${given}`,
      });
  });
export type Condition = z.output<typeof condition>;

const days = (least: number) => z.int().min(least).max(36_500);
const batchSize = z
  .int()
  .min(1)
  .max(50_000)
  .default(5000)
  .describe('Rows that are archived and deleted at once.');
const maxShare = z
  .number()
  .gt(0)
  .max(1)
  .default(0.2)
  .describe(
    'A policy that would take more than this share of the table (0 to 1) in one run waits for `--param accept=`. ' +
      'What earlier policies of the run took from the table counts, but for rows that were accepted.',
  );
const enabled = z.boolean().default(false).describe('Built-in policies are off until they are switched on.');

const removals = ['archive_then_delete', 'archive_only', 'delete'] as const;

/** A built-in policy: what it looks at is fixed, how long it keeps is not. */
const builtIn = (
  keepDays: number,
  about: string,
  action: (typeof removals)[number] = 'archive_then_delete',
) =>
  z
    .strictObject({
      enabled,
      keep_days: days(1).default(keepDays),
      action: z.enum(removals).default(action),
      batch_size: batchSize,
      max_share: maxShare,
    })
    .describe(about);

const alertLedger = z
  .strictObject({
    enabled,
    keep_days: days(1).default(365),
    action: z.literal('anonymise').default('anonymise'),
    batch_size: batchSize,
    max_share: maxShare,
  })
  .describe(
    'Alerts about ends that have passed: the fact stays, the address is removed. Never of the newest end of an item.',
  );

const driftSnapshots = z
  .strictObject({
    enabled,
    keep_all_days: days(90).default(90),
    keep_weekly_days: days(1).default(evidenceFloorDays),
    batch_size: batchSize,
    max_share: maxShare,
  })
  .refine(({ keep_all_days, keep_weekly_days }) => keep_all_days <= keep_weekly_days, {
    path: ['keep_weekly_days'],
    error: 'is less than keep_all_days',
  })
  .describe('Thins the drift snapshots: all of them at first, then one a week, then one a month.');

/** A policy of the operator's own; mentioning it switches it on. */
const ownPolicy = z
  .strictObject({
    enabled: z.boolean().default(true),
    table: z.enum(knownTableNames).describe('One of the tables that the job knows.'),
    timestamp_column: columnName.describe('The date, or the time, that the age of a row is counted from.'),
    keep_days: days(1),
    conditions: z.array(condition).default([]).describe('All of them must hold for a row to be due.'),
    action: z.enum(retentionActions),
    replace: z
      .record(columnName, z.string().nullable())
      .optional()
      .describe('anonymise: the columns and what is written into them.'),
    related: z
      .array(z.string())
      .default([])
      .describe('Tables whose rows go with the row that they belong to.'),
    batch_size: batchSize,
    max_share: maxShare,
  })
  .superRefine((policy, context) => {
    const problem = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    const table = findKnownTable(policy.table);
    if (table === undefined) return;
    if ((policy.action === 'anonymise') !== Object.keys(policy.replace ?? {}).length > 0)
      problem('replace', 'goes with the action anonymise, and must name a column');
    for (const name of policy.related) {
      const known = table.related.find((one) => one.table === name);
      if (known === undefined) problem('related', `${name} has no rows that belong to ${table.name}`);
      else if (known.parent !== table.name && !policy.related.includes(known.parent))
        problem('related', `${name} belongs to ${known.parent}, which is not in the list`);
    }
    if (policy.related.length > 0 && policy.action === 'anonymise')
      problem('related', 'does not go with anonymise');
  });
export type OwnPolicy = z.output<typeof ownPolicy>;

const builtInPolicies = {
  audit_log: builtIn(730, 'The journal of changes, as far as its event rules have been looked at.'),
  scheduled_communication: builtIn(
    365,
    'Messages that were sent, failed or were cancelled, with their rows of `opsdeck_jobs.message`.',
  ),
  uar_execution: builtIn(
    evidenceFloorDays,
    'Access reviews with their findings and observations; never the newest of a comparison.',
  ),
  exchange_rate: builtIn(1095, 'Exchange rates; never the newest of a currency.'),
  message: builtIn(365, "Rows of `opsdeck_jobs.message` whose row of OpsDeck's queue was removed before."),
  alert_ledger: alertLedger,
  fx_rate: builtIn(3653, 'Published rates in `opsdeck_jobs.fx_rate`; never the newest of a currency.'),
  retention_run: builtIn(
    evidenceFloorDays,
    'Records of runs of data-retention that archived nothing.',
    'delete',
  ),
  drift_event: builtIn(
    evidenceFloorDays,
    'Changes of controls that drift snapshots found; never the newest of a control and class. `verify drift` still holds.',
  ),
  drift_snapshots: driftSnapshots,
};
export type BuiltInPolicies = {
  readonly [K in keyof typeof builtInPolicies]: z.output<(typeof builtInPolicies)[K]>;
};

export const retentionSettings = z.strictObject({
  archive_dir: z
    .string()
    .refine(isAbsolute, { error: 'is not an absolute path' })
    .optional()
    .describe('Folder of the archives; it must exist. Default: the rows go to opsdeck_jobs.archived_record.'),
  pause: durationText.default('2ms').describe('Pause after each batch.'),
  statement_timeout: durationText
    .default('60s')
    .describe('The longest that one statement on a batch may take.'),
  lock_timeout: durationText
    .default('5s')
    .describe('The longest that a batch waits for rows that others hold.'),
  stop_after: durationText
    .default('1h')
    .describe('The run stops after this time, and the next one continues where it stopped.'),
  floor_days: z
    .strictObject({
      days: days(1).describe(`The least for which evidence is kept, instead of ${evidenceFloorDays} days.`),
      reason: z.string().trim().min(1).describe('Why; it is written to the action log.'),
    })
    .optional()
    .describe('Lowers the time for which the policies must keep evidence.'),
  built_in: z
    .strictObject(builtInPolicies)
    .partial()
    .default({})
    .describe('Policies that the program brings, by name.'),
  policies: z
    .record(
      z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, { error: 'is not a name: lower-case letters, digits, _' }),
      ownPolicy,
    )
    .default({})
    .describe('Policies of your own, by name.')
    .superRefine((policies, context) => {
      for (const name of Object.keys(policies))
        if (Object.hasOwn(builtInPolicies, name))
          context.addIssue({
            code: 'custom',
            path: [name],
            message: 'is the name of a built-in policy; set it under built_in, or take another name',
          });
    }),
});
export type RetentionSettings = z.output<typeof retentionSettings>;

const acceptance = /^([a-z][a-z0-9_]{0,62}):([1-9]\d{0,15})$/;

export const retentionParams = z.strictObject({
  accept: z
    .string()
    .refine((text) => text.split(',').every((one) => acceptance.test(one)), {
      error: 'is not policy:rows, such as audit_log:812345; several are separated by commas',
    })
    .optional()
    .describe('Accepts what a run has found for a policy: policy:rows, several separated by commas.'),
});
export type RetentionParams = z.output<typeof retentionParams>;

/** Policy and number of rows of each acceptance. */
export function readAcceptances(text: string | undefined): ReadonlyMap<string, number> {
  const parts = (text ?? '').split(',').flatMap((one) => {
    const [, policy, rows] = acceptance.exec(one) ?? [];
    return policy === undefined ? [] : [[policy, Number(rows)] as const];
  });
  return new Map(parts);
}
