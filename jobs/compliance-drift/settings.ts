import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { failOnLevels } from '../../src/job/fail-on-levels.ts';
import { evidenceKinds, withWords, wordOnBothLists } from './rules/evidence-words.ts';

/** Where it comes as text: a plain decimal number, and not `1e1`, `0x1` or nothing at all, which `Number` would take. */
function fromDigits(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
}

/** The id of a framework, as a number or as its digits; as large as PostgreSQL's integer. */
const frameworkId = z.preprocess(
  fromDigits,
  z.int({ error: 'not the id of a framework' }).min(1).max(2_147_483_647),
);

export const driftParams = z.strictObject({
  framework: frameworkId
    .optional()
    .describe('Only this framework, by its id or name. Default: every active one.'),
});
export type DriftParams = z.output<typeof driftParams>;

export const driftSettings = z.strictObject({
  alert_levels: z
    .array(z.enum(failOnLevels))
    .default(['critical'])
    .describe('A regression of one of these levels queues an alert. An empty list: never.'),
  unknown_share: z
    .number()
    .min(0)
    .max(1)
    .default(0.2)
    .describe(
      'If more than this share of the applicable controls could not be evaluated (0 to 1), an alert is sent. 1: never.',
    ),
  signed_off_evidence_only: z
    .boolean()
    .optional()
    .describe(
      'Of access reviews only executions that were signed off (`uar sign-off`) are evidence. Default: true on an own database; false on the database of an OpsDeck, which counts every completed execution.',
    ),
  evidence_dir: z
    .string()
    .refine(isAbsolute, { error: 'is not an absolute path' })
    .optional()
    .describe(
      'Folder of the files that evidence refers to; `report audit-file` copies those below it. Default: none is copied.',
    ),
  evidence_words: z
    .partialRecord(
      z.enum(evidenceKinds),
      z.strictObject({
        done: z.array(z.string().trim().min(1)).default([]).describe('Words of evidence that counts.'),
        not_done: z
          .array(z.string().trim().min(1))
          .default([])
          .describe('Words of what was not done: ignored.'),
      }),
    )
    .default({})
    .superRefine((added, context) => {
      const both = wordOnBothLists(withWords(added));
      if (both === null) return;
      context.addIssue({
        code: 'custom',
        path: [both.kind],
        message: `has "${both.word}" as done and as not done`,
      });
    })
    .describe(
      'Status words that your evidence has besides those of the manual, by target model. A word on neither list never counts.',
    ),
});
export type DriftSettings = z.output<typeof driftSettings>;
