import { z } from 'zod';
import { severities } from '../../../src/job/severity.ts';
import { durationHint, readDuration } from '../../../src/time/duration.ts';
import { filterSettings } from './filter.ts';

const severity = z.enum(severities);

/** How a field is read before it is compared. Left out: text, or JSON where both sides hold an object or a list. */
export const fieldTypes = ['text', 'number', 'boolean', 'date', 'list', 'json'] as const;
export type FieldType = (typeof fieldTypes)[number];

const keySettings = z.strictObject({
  trim: z.boolean().default(false).describe('Leave out white space before and after the key.'),
  case_fold: z.boolean().default(false).describe('Capital and small letters are the same.'),
  unicode_nfc: z
    .boolean()
    .default(false)
    .describe('A letter with an accent is the same as the letter and a combining accent.'),
  strip_domain: z
    .union([z.boolean(), z.string().regex(/^@?[^@\s]+$/, { error: 'write a domain such as example.org' })])
    .default(false)
    .describe('Leave out the domain of an e-mail address: every one (true), or this one alone.'),
});
export type KeySettings = z.output<typeof keySettings>;

const fieldSettings = z.strictObject({
  type: z.enum(fieldTypes).optional(),
  ignore_case: z.boolean().default(false),
  trim: z.boolean().default(false),
  null_is_empty: z.boolean().default(false).describe('No value and an empty text are the same.'),
  privileged: z.boolean().default(false).describe('A difference in it has the severity `privileged`.'),
});
export type FieldSettings = z.output<typeof fieldSettings>;

/** Of a field that nothing was said about. */
export const plainField: FieldSettings = fieldSettings.parse({});

const severitySettings = z.strictObject({
  left_only: severity.default('high'),
  right_only: severity.default('critical'),
  mismatch: severity.default('medium'),
  privileged: severity.default('high').describe('Of a mismatch in a field marked privileged.'),
  duplicate: severity
    .default('high')
    .describe('Of a key that occurs more than once; where the other side lacks it, at least that severity.'),
  no_key: severity.default('high').describe('Of a row of B without a key.'),
});
export type SeveritySettings = z.output<typeof severitySettings>;

/** Of which side it is reported that the other lacks a key. */
const reportedSides = ['both', 'left', 'right'] as const;

const age = z.string().refine((text) => readDuration(text) !== undefined, { error: `write ${durationHint}` });

const address = z.email({ error: 'is not an e-mail address' });

// A union gives the words of the one part that has the right type: each part has them.
const notDays = { error: 'is not a number of days up to 3650, such as 30 or "30 days"' };
const dueDays = z.union(
  [
    z.int(notDays).min(0, notDays).max(3650, notDays),
    z.string().regex(/^(?:[0-2]?\d{1,3}|3[0-5]\d\d|36[0-4]\d|3650) ?(d|days?)$/, notDays),
  ],
  notDays,
);
const dueSettings = z
  .strictObject({ critical: dueDays, high: dueDays, medium: dueDays, low: dueDays })
  .partial();

/**
 * How a comparison compares, beside OpsDeck's own columns; kept in `opsdeck_jobs.uar_comparison_state.settings`. `{}` compares as OpsDeck
 * does: keys and values by their exact text.
 */
export const comparisonSettings = z.strictObject({
  key: keySettings.prefault({}),
  fields: z.record(z.string(), fieldSettings).default({}).describe('By the name of the field in A.'),
  severity: severitySettings.prefault({}),
  where: z
    .strictObject({ a: filterSettings.default([]), b: filterSettings.default([]) })
    .prefault({})
    .describe(
      'Conditions that a row of the side must meet to be compared; the others are excluded, and counted.',
    ),
  label: z
    .string()
    .min(1)
    .optional()
    .describe('Column of B that names rows without a key. Default: the first one that is not the key.'),
  show: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Columns of either side that findings show, such as a name; a change in them changes no finding.',
    ),
  departure: z
    .string()
    .min(1)
    .optional()
    .describe('Column of A with the day on which a person left, for `report leavers`; findings show it.'),
  leaver_limit: z
    .int()
    .min(0)
    .max(3650)
    .optional()
    .describe('Days after the departure by which B must not have the account any more. Default: no limit.'),
  sides: z
    .enum(reportedSides)
    .default('both')
    .describe("'right': keys that only A has are no findings; 'left': those that only B has."),
  max_shrink_percent: z
    .number()
    .min(0)
    .max(100)
    .default(50)
    .describe('A source that shrank by more than this is implausible.'),
  max_new_findings: z
    .int()
    .min(0)
    .default(50)
    .describe('So many new findings are plausible whatever the number of rows.'),
  max_new_percent: z
    .number()
    .min(0)
    .max(100)
    .default(30)
    .describe(
      'More new findings than this part of the larger side, and than max_new_findings, are implausible.',
    ),
  max_age: z
    .strictObject({ a: age.optional(), b: age.optional() })
    .default({})
    .describe('Data that were made longer ago are not compared.'),
  four_eyes: z
    .boolean()
    .default(false)
    .describe('Who decided about findings may not sign off, and one user of a machine may not enter both.'),
  due: dueSettings
    .optional()
    .describe(
      'Days from first seen to the due date of a finding, by severity, such as {"critical": 7, "high": "30 days"}; calendar days of the business zone. Default: no due dates.',
    ),
  owner: address
    .optional()
    .describe(
      'Who is alerted about overdue findings that are assigned to no active account. Default: the people of notification_recipients, else administrators.',
    ),
  escalate_to: z
    .union([address, z.array(address).min(1).max(20)])
    .optional()
    .describe('Who is alerted beside the owner about findings that are overdue for 14 days.'),
  max_incidents: z.int().min(0).default(20).describe('New incidents an execution; the others become one.'),
});
export type ComparisonSettings = z.output<typeof comparisonSettings>;
