import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeLine } from '../../../src/cli/render/line.ts';
import { readActor } from '../../../src/cli/runs/actor.ts';
import { usage } from '../../../src/cli/runs/report-output.ts';
import { type Session, withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/exit-code.ts';
import { requiredDate } from '../../../src/import/cells.ts';
import { dayInWords, dayOf } from '../../../src/time/calendar-day.ts';
import { type AlertDecision, decideAlerts } from '../decide-holds.sql.ts';
import { readItemEnds } from '../explain.ts';
import { reachedItems } from '../plan.ts';
import { readItem, requireItem } from './alert-item.ts';

/** As typed. */
export interface AlertDecisionOptions {
  readonly until?: string;
  readonly reason?: string;
  readonly as?: string;
}

/** `alerts snooze|unsnooze|ack ITEM`: decides, records who and when, says what follows. */
export async function decideAlert(
  io: Io,
  globals: GlobalOptions,
  action: AlertDecision['action'],
  text: string,
  options: AlertDecisionOptions,
): Promise<ExitCode> {
  const item = readItem(text);
  const actor = readActor(io, options.as);
  return withSession(io, globals, {}, async (session) => {
    const { database, logger } = session;
    const name = await requireItem(database.db, item);
    const decision = await readDecision(session, action, item, options);
    const changed = await decideAlerts(database, item, decision, actor);
    const label = `${item.kind}:${item.id} (${name})`;
    if (changed) {
      logger.info(
        { 'event.action': `alert.${action}`, 'labels.item': `${item.kind}:${item.id}`, 'user.name': actor },
        `${label}: ${action} by ${actor}`,
      );
    }
    writeLine(io.stdout, `${label} ${sentence(decision, changed)}`);
    return ExitCode.ok;
  });
}

async function readDecision(
  { database, config, zones }: Session,
  action: AlertDecision['action'],
  item: ReturnType<typeof readItem>,
  { until, reason }: AlertDecisionOptions,
): Promise<AlertDecision> {
  const today = dayOf(database.clock.now(), zones.business);
  switch (action) {
    case 'unsnooze':
      return { action };
    case 'snooze': {
      const day = requiredDate.safeParse(until ?? '');
      if (!day.success || day.data <= today) {
        throw usage(
          `--until '${until ?? ''}' is not a date in the future.`,
          `Give the first day on which it is told again as YYYY-MM-DD; today is ${today}.`,
        );
      }
      const why = reason?.trim() ?? '';
      if (why === '') throw usage('A snooze needs a reason.', 'Give --reason "why".');
      return { action, until: day.data, reason: why };
    }
    case 'ack': {
      const ends = await readItemEnds(database.db, item, { jobs: config.jobs, zone: zones.business, today });
      if (ends.items.length === 0) {
        throw usage(
          `${item.kind} ${item.id} has no end that could be acknowledged.`,
          `Look with \`explain ${item.kind} ${item.id}\`.`,
        );
      }
      // What is told now; before that, what comes next.
      const reached = reachedItems(ends.items, today);
      const keys = (reached.length > 0 ? reached : ends.items.slice(0, 1)).map(({ key }) => key);
      return { action, keys, reason: reason?.trim() || null };
    }
    default:
      return action satisfies never;
  }
}

function sentence(decision: AlertDecision, changed: boolean): string {
  switch (decision.action) {
    case 'snooze':
      return `is ${changed ? '' : 'already '}snoozed: it is told again on ${dayInWords(decision.until)}.`;
    case 'ack':
      return `is ${changed ? '' : 'already '}acknowledged: it is told again when its date changes.`;
    case 'unsnooze':
      return changed ? 'is told again.' : 'was neither snoozed nor acknowledged.';
    default:
      return decision satisfies never;
  }
}
