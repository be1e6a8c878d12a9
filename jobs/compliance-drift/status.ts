/** What a control can be. OpsDeck has no `unknown` at this level: it shows such a control as `uncovered`. */
export const controlStatuses = [
  'compliant',
  'warning',
  'non_compliant',
  'manual',
  'uncovered',
  'not_applicable',
  'unknown',
] as const;
export type ControlStatus = (typeof controlStatuses)[number];

/** The statuses that say how a control stands; the other two say that it was not, or could not be, looked at. */
export type KnownStatus = Exclude<ControlStatus, 'not_applicable' | 'unknown'>;

/** What one enabled rule of an applicable control comes to. */
export const ruleStatuses = ['compliant', 'warning', 'non_compliant', 'unknown'] as const;
export type RuleStatus = (typeof ruleStatuses)[number];

export function isKnown(status: ControlStatus): status is KnownStatus {
  return status !== 'not_applicable' && status !== 'unknown';
}
