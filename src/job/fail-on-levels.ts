/** Levels that `--fail-on` knows, worst first. */
export const failOnLevels = ['critical', 'high', 'medium'] as const;
export type FailOnLevel = (typeof failOnLevels)[number];
