import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeLine } from '../../../src/cli/render/line.ts';
import { authorOf, readActor } from '../../../src/cli/runs/actor.ts';
import { consent } from '../../../src/cli/runs/confirm.ts';
import { readNumber } from '../../../src/cli/runs/read-number.ts';
import { readWords } from '../../../src/cli/runs/read-reason.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { count } from '../../../src/text/count.ts';
import { signExecution } from '../desk/sign-off.ts';
import type { uarSignOff } from './uar-sign-off.ts';

/** As typed. */
type SignOffOptions = OptionsOf<typeof uarSignOff>;

/** `uar sign-off N`: signs an execution whose critical and high findings are all decided. */
export async function signOff(
  io: Io,
  globals: GlobalOptions,
  typed: string,
  options: SignOffOptions,
): Promise<ExitCode> {
  const id = readNumber(typed, 'an execution', '`uar list` shows the last execution of each comparison.');
  const note = readWords(options.note, '--note', 'Give --note with what is confirmed.');
  const email = readActor(io, options.as);
  return withSession(io, globals, {}, async (session) => {
    const { database, zones, logger } = session;
    const signature = { ...authorOf(session, email), note };
    const ended = await consent(io, options, async () => {
      const { review, findings } = await signExecution(database, zones, id, signature, true);
      const of = review.comparison ?? `comparison ${review.comparison_id}`;
      return { words: `sign off execution ${id} of ${of} (${count(findings, 'finding')})`, count: 1 };
    });
    if (ended !== null) return ended;
    const { review, hash, mail } = await signExecution(database, zones, id, signature);
    logger.info(
      {
        'event.action': 'uar.sign_off',
        'event.outcome': 'success',
        'labels.execution': id,
        'user.name': email,
      },
      `execution ${id} signed off by ${email}`,
    );
    const comparison = review.comparison ?? `comparison ${review.comparison_id}`;
    writeLine(io.stdout, `Execution ${id} of ${comparison} is signed off by ${email}.`);
    writeLine(io.stdout, `SHA-256 of what was signed: ${hash.toString('hex')}`);
    if (mail !== null) writeLine(io.stdout, mail);
    return ExitCode.ok;
  });
}
