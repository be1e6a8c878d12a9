import { z } from 'zod';
import type { DecidingRule } from './controls/deciding-rule.ts';
import { type ControlStatus, type KnownStatus, ruleStatuses } from './status.ts';

/** One rule of a control as a snapshot holds it. What was not evaluated has no `status`. */
const ruleState = z.object({
  id: z.int(),
  name: z.string(),
  /** Of the definition: target model, criteria, frequency, grace period; not of the name. */
  hash: z.string(),
  enabled: z.boolean(),
  /** What the hash is of, so that a change can be shown; snapshots of earlier versions have none. */
  asks: z
    .object({
      model: z.string(),
      selector: z.string().nullable(),
      /** Cut at 200 characters. */
      key: z.string().nullable(),
      frequency_days: z.int(),
      grace_period_days: z.int(),
    })
    .optional(),
  status: z.enum(ruleStatuses).optional(),
  /** Calendar days in the business zone. */
  days_since: z.int().optional(),
  /** The newest evidence; `date` is YYYY-MM-DD in the business zone. */
  evidence: z.object({ model: z.string(), id: z.int(), date: z.string() }).optional(),
  /** Why it is `unknown`, or what stands in the way where there is no evidence. */
  reason: z.string().optional(),
  /** The newest row that does not count because its status is a word on neither list. */
  unread: z.object({ model: z.string(), id: z.int(), word: z.string() }).optional(),
});
export type RuleState = z.output<typeof ruleState>;
export const ruleStates = z.array(ruleState);

/** The attestation that counted for a control, as a snapshot holds it: no person's name. */
export const attestationState = z.object({
  /** `control_attestation.id`. */
  id: z.int(),
  result: z.enum(['met', 'not_met']),
  /** The last day on which `met` counts, business zone. */
  until: z.string().nullable(),
  expired: z.boolean(),
});
export type AttestationState = z.output<typeof attestationState>;

/** A control in one snapshot: its status and the rules, or the attestation, that led to it. */
export interface ControlState<S extends ControlStatus = ControlStatus> {
  readonly status: S;
  readonly rules: readonly RuleState[];
  /** Absent where rules decide, and where nobody attested. */
  readonly attestation?: AttestationState | undefined;
}

/** A control whose status is not what it was in the snapshot before. */
export interface Difference {
  readonly frameworkId: number;
  readonly frameworkName: string;
  /** `framework_control.id`. */
  readonly controlKey: number;
  /** The public identifier, e.g. `AC-2`. */
  readonly controlId: string;
  readonly controlName: string;
  /** null: the control was not there. */
  readonly before: ControlState | null;
  /** Its last known state, carried on while it was unknown; null: none since it became applicable. */
  readonly known: ControlState<KnownStatus> | null;
  /** null: the control is no longer there. */
  readonly after: ControlState | null;
  /** The evaluator that took the snapshot before; null: no such snapshot. */
  readonly evaluatorBefore: number | null;
  /** In how many of its framework's last seven snapshots before this one the control changed. */
  readonly earlierChanges: number;
  /** The rule that decides its status now; absent or null: no rule does. */
  readonly deciding?: DecidingRule | null;
}
