/** The statuses of applicable controls as the pictures show them. */
export const statusSeries = [
  ['compliant or manual', 'good', ['compliant', 'manual']],
  ['warning', 'medium', ['warning']],
  ['non-compliant', 'critical', ['non_compliant']],
  ['uncovered', 'low', ['uncovered']],
  ['unknown', 'neutral', ['unknown']],
] as const;
