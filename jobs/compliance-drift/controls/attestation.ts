import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { JsonObject } from '../../../src/text/json.ts';
import type { Day } from '../../../src/time/day.ts';
import { attestationState } from '../rule-state.ts';
import type { ControlStatus } from '../status.ts';

export const attestation = attestationState.extend({
  reason: z.string(),
  evidence: z.string().nullable(),
  /** The e-mail address of who attested. */
  by: z.string(),
  /** Their account. */
  by_user: z.int(),
  entered_by: z.string(),
  at: z.coerce.date(),
});
/** A person's statement about a control that no rule measures. */
export type Attestation = z.output<typeof attestation>;

/** The attestation of a row of `control`, or of a snapshot, in full, as JSON; NULL: there is none. */
export function attestationInFull(state: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(
    select json_build_object('id', a.id, 'result', a.result, 'until', a.until, 'expired', (${state} ->> 'expired')::boolean,
                             'reason', a.reason, 'evidence', a.evidence, 'by', a.actor, 'by_user', a.actor_user_id, 'entered_by', a.entered_by,
                             'at', a.created_at)
      from opsdeck_jobs.control_attestation a where a.id = (${state} ->> 'id')::bigint)`;
}

/** As every JSON document has it. */
export function attestationDocument(one: Attestation | null): JsonObject | null {
  if (one === null) return null;
  return {
    id: one.id,
    result: one.result,
    reason: one.reason,
    evidence: one.evidence,
    until: one.until,
    expired: one.expired,
    by: one.by,
    entered_by: one.entered_by,
    at: one.at.toISOString(),
  };
}

/** The columns of CSV that {@link attestationCells} fills. */
export const attestationColumns = ['attested', 'attested_until', 'attested_by', 'attested_at'] as const;

export function attestationCells(status: ControlStatus, one: Attestation | null): readonly string[] {
  if (one === null) return [status === 'manual' ? 'never' : '', '', '', ''];
  return [one.result, one.until ?? '', one.by, one.at.toISOString()];
}

/** What stands for a control that no rule decides, as a table shows it: in place of rule, evidence, person and limit. */
export interface AttestationWords {
  readonly rule: string;
  readonly evidence: string;
  readonly by: string;
  readonly limit: string;
}

/** null: neither attested nor a control that can be. */
export function attestationWords(status: ControlStatus, one: Attestation | null): AttestationWords | null {
  if (one === null) {
    return status === 'manual' ? { rule: 'never attested', evidence: '-', by: '-', limit: '-' } : null;
  }
  return {
    rule: one.result === 'met' ? 'attested as met' : 'attested as not met',
    evidence: one.evidence ?? '-',
    by: one.by,
    limit: one.result === 'met' && one.until !== null ? `through ${one.until}` : '-',
  };
}

/** The first day on which a control is in warning if nobody attests it again; null: none comes. */
export function endsOn(one: Pick<Attestation, 'result' | 'until' | 'expired'> | null): Day | null {
  return one === null || one.result !== 'met' || one.expired ? null : one.until;
}
