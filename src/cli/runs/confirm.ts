import { usage } from '../../errors/usage.ts';
import type { Io } from '../io.ts';

/**
 * May it be done? `--yes` answers; otherwise the person at the terminal is asked.
 *
 * @param question a sentence that ends with a question mark.
 * @throws OperatorError `confirmation_needed` (exit 2) where nobody can be asked; nothing was changed then.
 */
export async function confirm(io: Io, question: string, yes: boolean | undefined): Promise<boolean> {
  if (yes === true) return true;
  if (io.ask === undefined) {
    throw usage(
      `${question} There is no terminal to ask at; nothing was changed.`,
      'Repeat the command with --yes.',
      'confirmation_needed',
    );
  }
  return /^y(es)?$/i.test((await io.ask(`${question} [y/N] `)).trim());
}
