import { signExecution } from '../../../jobs/uar/desk/sign-off.ts';
import { ExitCode } from '../../exit-code.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { readActor } from '../runs/actor.ts';
import { readNote, readNumber } from '../runs/read-number.ts';
import { withSession } from '../session.ts';

/** As typed. */
export interface SignOffOptions {
  readonly as: string;
  readonly note: string;
}

/** `uar sign-off N`: signs an execution whose critical and high findings are all decided. */
export async function signOff(
  io: Io,
  globals: GlobalOptions,
  typed: string,
  options: SignOffOptions,
): Promise<ExitCode> {
  const id = readNumber(typed, 'an execution', '`uar list` shows the last execution of each comparison.');
  const note = readNote(options.note, '--note');
  const email = readActor(io, options.as);
  return withSession(io, globals, {}, async ({ database, zones, logger }) => {
    const { review, hash } = await signExecution(database, zones, id, { email, note });
    logger.info(
      {
        'event.action': 'uar.sign_off',
        'event.outcome': 'success',
        'labels.execution': id,
        'user.name': email,
      },
      `execution ${id} signed off by ${email}`,
    );
    io.stdout.write(
      `Execution ${id} of ${review.comparison ?? `comparison ${review.comparison_id}`} is signed off by ${email}.\nSHA-256 of what was signed: ${hash.toString('hex')}\n`,
    );
    return ExitCode.ok;
  });
}
