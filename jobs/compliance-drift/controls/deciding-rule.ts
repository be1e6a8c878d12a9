import { z } from 'zod';
import type { Day } from '../../../src/time/day.ts';
import { ruleStatuses } from '../status.ts';

/** As `decisive` has it. */
export const decidingRuleRow = z
  .object({
    id: z.int(),
    name: z.string(),
    status: z.enum(ruleStatuses),
    model: z.string(),
    frequency_days: z.int(),
    grace_period_days: z.int(),
    days_since: z.int().nullable(),
    day: z.string().nullable(),
    evidence_id: z.int().nullable(),
    reason: z.string().nullable(),
    about: z.string().nullable(),
  })
  .transform(
    (rule): DecidingRule => ({
      id: rule.id,
      name: rule.name,
      status: rule.status,
      model: rule.model,
      frequencyDays: rule.frequency_days,
      graceDays: rule.grace_period_days,
      evidence:
        rule.day === null || rule.evidence_id === null || rule.days_since === null
          ? null
          : { id: rule.evidence_id, day: rule.day, daysSince: rule.days_since },
      reason: rule.reason,
      about: rule.about,
    }),
  );

/** The rule that decides a control's status, with its newest evidence. */
export interface DecidingRule {
  readonly id: number;
  readonly name: string;
  readonly status: (typeof ruleStatuses)[number];
  /** OpsDeck's target model. */
  readonly model: string;
  readonly frequencyDays: number;
  readonly graceDays: number;
  /** null: there is no evidence that counts. */
  readonly evidence: { readonly id: number; readonly day: Day; readonly daysSince: number } | null;
  readonly reason: string | null;
  /** The name of the activity or the comparison, or what else the rule asks for; null: anything of its model. */
  readonly about: string | null;
}
