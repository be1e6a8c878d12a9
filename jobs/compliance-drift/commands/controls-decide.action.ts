import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeLine } from '../../../src/cli/render/line.ts';
import { authorOf, readActor } from '../../../src/cli/runs/actor.ts';
import { consent } from '../../../src/cli/runs/confirm.ts';
import { readNumber } from '../../../src/cli/runs/read-number.ts';
import { readReason, readWords } from '../../../src/cli/runs/read-reason.ts';
import { readUntil } from '../../../src/cli/runs/read-until.ts';
import { type Session, withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { usage } from '../../../src/errors/usage.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { type CatalogControl, findControl } from '../controls/find-control.ts';
import { acceptControl } from '../decisions/accept.ts';
import { addAction, endAction } from '../decisions/act.ts';
import { attestControl, type NewAttestation } from '../decisions/attest.ts';
import { nameOf } from '../decisions/record.ts';
import type { EvaluationScope } from '../evaluate.sql.ts';
import type { controlsAccept } from './controls-accept.ts';
import type { controlsAction, controlsActionDone } from './controls-action.ts';
import type { controlsAttest } from './controls-attest.ts';
import { evaluationScope, findFramework } from './present-state.ts';

/** `controls attest CONTROL`: a person's statement about a control that no rule measures. */
export async function attest(
  io: Io,
  globals: GlobalOptions,
  text: string,
  options: OptionsOf<typeof controlsAttest>,
): Promise<ExitCode> {
  const { result } = options;
  const reason = readReason(options.reason);
  const actor = readActor(io, options.as);
  const evidence =
    options.evidence === undefined
      ? null
      : readWords(options.evidence, '--evidence', 'Give --evidence with where it can be looked up.');
  if (result === 'met' && (evidence === null || options.until === undefined)) {
    throw usage(
      `An attestation as met needs ${evidence === null ? '--evidence' : '--until'}.`,
      evidence === null
        ? 'Give --evidence with where it can be looked up, such as a ticket.'
        : 'Give --until with the last day on which it counts, YYYY-MM-DD.',
    );
  }
  return onControl(io, globals, text, options.framework, async (session, control, scope) => {
    const until = options.until === undefined ? null : readUntil(options.until, todayOf(session));
    const attested: NewAttestation = { result, reason, evidence, until };
    const words = result === 'met' ? `met through ${until ?? ''}` : 'not met';
    const record = (dryRun: boolean) =>
      attestControl(session.database, scope, control, attested, authorOf(session, actor), dryRun);
    const ended = await consent(io, options, async () => {
      const { before } = await record(true);
      return { words: `attest 1 control, ${nameOf(control)} (now ${plain(before)}), as ${words}`, count: 1 };
    });
    if (ended !== null) return ended;
    const { before, mail } = await record(false);
    done(session, 'controls.attest', control, actor, `attested as ${words}`);
    const after = result === 'met' ? 'manual' : 'non-compliant';
    writeLine(io.stdout, `${nameOf(control)} is attested as ${words}, by ${actor}.`);
    writeLine(
      io.stdout,
      `Its status is ${after}${plain(before) === after ? ', as before' : `; it was ${plain(before)}`}.`,
    );
    if (mail !== null) writeLine(io.stdout, mail);
    return ExitCode.ok;
  });
}

/** `controls accept CONTROL`: a failing control is accepted through a day. */
export async function accept(
  io: Io,
  globals: GlobalOptions,
  text: string,
  options: OptionsOf<typeof controlsAccept>,
): Promise<ExitCode> {
  const reason = readReason(options.reason);
  const actor = readActor(io, options.as);
  return onControl(io, globals, text, options.framework, async (session, control, scope) => {
    const until = readUntil(options.until, todayOf(session));
    const record = (dryRun: boolean) =>
      acceptControl(session.database, scope, control, { reason, until }, authorOf(session, actor), dryRun);
    const ended = await consent(io, options, async () => {
      const { status } = await record(true);
      return {
        words: `accept 1 failing control, ${nameOf(control)} (${plain(status)}), through ${until}`,
        count: 1,
      };
    });
    if (ended !== null) return ended;
    const { status, mail } = await record(false);
    done(session, 'controls.accept', control, actor, `accepted through ${until}`);
    writeLine(
      io.stdout,
      `${nameOf(control)} is accepted through ${until}, by ${actor}. Its status stays ${plain(status)}.`,
    );
    if (mail !== null) writeLine(io.stdout, mail);
    return ExitCode.ok;
  });
}

/** `controls action CONTROL`: what is done about it, by when. */
export async function act(
  io: Io,
  globals: GlobalOptions,
  text: string,
  options: OptionsOf<typeof controlsAction>,
): Promise<ExitCode> {
  const cause = readWords(options.cause, '--cause', 'Give --cause "why it fails".');
  const action = readWords(options.action, '--action', 'Give --action "what is done about it".');
  const actor = readActor(io, options.as);
  return onControl(io, globals, text, options.framework, async (session, control) => {
    const due = readUntil(options.due, todayOf(session), '--due');
    const added = await addAction(
      session.database,
      control,
      { cause, action, due },
      authorOf(session, actor),
      options.dryRun,
    );
    if (added === null) {
      writeLine(
        io.stdout,
        `This would record 1 action on ${nameOf(control)}, due ${due}. Nothing was changed.`,
      );
      return ExitCode.ok;
    }
    const { id, mail } = added;
    done(session, 'controls.action', control, actor, `action ${id} recorded, due ${due}`);
    writeLine(io.stdout, `Action ${id} on ${nameOf(control)} is recorded, due ${due}, by ${actor}.`);
    if (mail !== null) writeLine(io.stdout, mail);
    return ExitCode.ok;
  });
}

/** `controls action-done ACTION`. */
export async function endControlAction(
  io: Io,
  globals: GlobalOptions,
  typed: string,
  options: OptionsOf<typeof controlsActionDone>,
): Promise<ExitCode> {
  const id = readNumber(typed, 'an action', '`controls show CONTROL` lists the actions of a control.');
  const reason = readReason(options.reason);
  const actor = readActor(io, options.as);
  return withSession(io, globals, {}, async (session) => {
    const author = authorOf(session, actor);
    const { control, action, mail } = await endAction(session.database, id, reason, author, options.dryRun);
    if (options.dryRun === true) {
      writeLine(
        io.stdout,
        `This would close action ${id} on ${nameOf(control)}: ${action}. Nothing was changed.`,
      );
      return ExitCode.ok;
    }
    done(session, 'controls.action_done', control, actor, `action ${id} done`);
    writeLine(io.stdout, `Action ${id} on ${nameOf(control)} is done, by ${actor}.`);
    if (mail !== null) writeLine(io.stdout, mail);
    return ExitCode.ok;
  });
}

function todayOf({ database, zones }: Session) {
  return dayOf(database.clock.now(), zones.business);
}

function plain(status: string): string {
  return status.replaceAll('_', '-');
}

function onControl(
  io: Io,
  globals: GlobalOptions,
  text: string,
  framework: string | undefined,
  work: (session: Session, control: CatalogControl, scope: EvaluationScope) => Promise<ExitCode>,
): Promise<ExitCode> {
  return withSession(io, globals, {}, async (session) => {
    const { database } = session;
    const control = await findControl(database.db, text, await findFramework(session, framework));
    return work(session, control, evaluationScope(session, database.clock.now(), control.framework_id));
  });
}

function done(
  { logger }: Session,
  action: string,
  control: Pick<CatalogControl, 'framework' | 'control_id'>,
  actor: string,
  words: string,
): void {
  logger.info(
    {
      'event.action': action,
      'event.outcome': 'success',
      'labels.framework': control.framework,
      'labels.control': control.control_id,
      'user.name': actor,
    },
    `${nameOf(control)}: ${words}, by ${actor}`,
  );
}
