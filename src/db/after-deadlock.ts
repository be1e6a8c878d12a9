import { OperatorError } from '../errors/operator-error.ts';
import { sqlState } from './errors.ts';

/** `deadlock_detected`. */
const deadlock = '40P01';
const mostTimes = 5;

/**
 * Runs a transaction again that the database ended so that another one could go on: nothing of it is stored, and the other one is
 * through by the time that it begins. For work that locks rows which OpsDeck or another of our statements locks in another order.
 */
export async function afterDeadlock<T>(work: () => Promise<T>): Promise<T> {
  for (let time = 1; ; time += 1) {
    try {
      return await work();
    } catch (error) {
      const state = sqlState(error instanceof OperatorError ? error.cause : error);
      if (state !== deadlock || time >= mostTimes) throw error;
    }
  }
}
