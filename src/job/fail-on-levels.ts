import type { Severity } from './severity.ts';

/** Levels that `--fail-on` knows, worst first. */
export const failOnLevels = ['critical', 'high', 'medium'] as const satisfies readonly Severity[];
export type FailOnLevel = (typeof failOnLevels)[number];
