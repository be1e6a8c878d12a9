/**
 * The steps of a batch, in their order. Whoever learns of them may let the run fail there, or end the process: tests do, to show
 * that no row is lost and none is left twice.
 */
export const runSteps = [
  'selected',
  'written',
  'synced',
  'renamed',
  'verified',
  'locked',
  'deleted',
  'committed',
] as const;
export type RunStep = (typeof runSteps)[number];

export type OnRunStep = (step: RunStep) => Promise<void>;
