import type { RunFault } from '../../job/run-outcome.ts';
import type { Io } from '../io.ts';

/** Says on stderr what went wrong with a run and what to do next, as every error of the program is said. */
export function printFault(io: Io, fault: RunFault): void {
  io.stderr.write(
    `opsdeck-jobs: ${fault.message}\n${fault.next === undefined ? '' : `Next: ${fault.next}\n`}`,
  );
}
