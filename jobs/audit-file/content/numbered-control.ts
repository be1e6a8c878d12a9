import type { ControlPeriod } from '../../compliance-drift/period/read.ts';

/** A control with its place in the file: the same number in every table of it. */
export interface NumberedControl {
  readonly number: number;
  readonly page: string;
  readonly tested: ControlPeriod;
}
