import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeLine } from '../../../src/cli/render/line.ts';
import { authorOf, readActor } from '../../../src/cli/runs/actor.ts';
import { consent } from '../../../src/cli/runs/confirm.ts';
import { readNumber } from '../../../src/cli/runs/read-number.ts';
import { readReason } from '../../../src/cli/runs/read-reason.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { count } from '../../../src/text/count.ts';
import { type Decision, decideFindings } from '../desk/decide-findings.ts';
import type { uarResolve } from './uar-decide.ts';

/** As typed. */
type UarDecideOptions = OptionsOf<typeof uarResolve>;

const decisions = {
  resolve: { decision: 'resolved', word: 'resolved', action: 'uar.resolve' },
  acknowledge: { decision: 'acknowledged', word: 'acknowledged', action: 'uar.acknowledge' },
  'false-positive': { decision: 'false_positive', word: 'a false positive', action: 'uar.false_positive' },
} as const satisfies Record<string, { decision: Decision; word: string; action: string }>;

/** `uar resolve|acknowledge|false-positive ID…`: decides, records who and why, says it. All of them or none. */
export async function uarDecide(
  io: Io,
  globals: GlobalOptions,
  verb: keyof typeof decisions,
  typed: readonly string[],
  options: UarDecideOptions,
): Promise<ExitCode> {
  const ids = [
    ...new Set(
      typed.map((text) => readNumber(text, 'a finding', 'Look for its number with `uar findings`.')),
    ),
  ];
  const note = readReason(options.reason);
  const actor = readActor(io, options.as);
  const { decision, word, action } = decisions[verb];
  return withSession(io, globals, {}, async (session) => {
    const { database, zones, logger } = session;
    const decided = { decision, note, ...authorOf(session, actor) };
    const ended = await consent(io, options, async () => {
      const { changed } = await decideFindings(database, zones, ids, decided, true);
      const which = changed.length === 0 ? '' : `: ${changed.join(', ')}`;
      const words = `mark ${count(changed.length, 'finding')} as ${decision.replaceAll('_', ' ')}${which}`;
      return { words, count: changed.length };
    });
    if (ended !== null) return ended;
    const { changed, already, mail } = await decideFindings(database, zones, ids, decided);
    if (changed.length > 0) {
      logger.info(
        {
          'event.action': action,
          'event.outcome': 'success',
          'labels.findings': changed,
          'user.name': actor,
        },
        `${named(changed)}: ${word}, by ${actor}`,
      );
      writeLine(io.stdout, `${named(changed)} ${changed.length === 1 ? 'is' : 'are'} ${word}.`);
    }
    if (already.length > 0)
      writeLine(io.stdout, `${named(already)} ${already.length === 1 ? 'was' : 'were'} so already.`);
    if (mail !== null) writeLine(io.stdout, mail);
    return ExitCode.ok;
  });
}

function named(ids: readonly number[]): string {
  return `${ids.length === 1 ? 'Finding' : 'Findings'} ${ids.join(', ')}`;
}
