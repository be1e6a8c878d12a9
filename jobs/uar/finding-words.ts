/** OpsDeck's words, exactly as its pages expect them, and ours for keys that occur twice or are missing (`uar_finding.finding_type`, 20 characters). */
export const findingTypes = [
  'Left Only (A)',
  'Right Only (B)',
  'Mismatch',
  'Duplicate Key (A)',
  'Duplicate Key (B)',
  'No Key (B)',
] as const;
export type FindingType = (typeof findingTypes)[number];

/** `uar_finding.status`. */
export const findingStatuses = ['open', 'acknowledged', 'resolved', 'false_positive'] as const;
export type FindingStatus = (typeof findingStatuses)[number];
