import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeLine } from '../../../src/cli/render/line.ts';
import { authorOf, readActor } from '../../../src/cli/runs/actor.ts';
import { readReason } from '../../../src/cli/runs/read-reason.ts';
import { readUntil } from '../../../src/cli/runs/read-until.ts';
import { type Session, withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { usage } from '../../../src/errors/usage.ts';
import { dayInWords, dayOf } from '../../../src/time/calendar-day.ts';
import { type AlertDecision, decideAlerts, type NamedItem } from '../decide-holds.sql.ts';
import { readItemEnds } from '../explain-item.ts';
import type { holdState } from '../holds.sql.ts';
import { reachedItems } from '../plan.ts';
import { readItem, requireItem } from './read-item.ts';

type Switch = Exclude<AlertDecision, { readonly action: 'renewed' }>;

/** As typed. */
export interface AlertDecisionOptions {
  readonly until?: string;
  readonly reason?: string;
  readonly as?: string;
}

/** `expiry snooze|unsnooze|ack ITEM`: decides, records who and when, says what follows. */
export async function decideAlert(
  io: Io,
  globals: GlobalOptions,
  action: Switch['action'],
  text: string,
  options: AlertDecisionOptions,
): Promise<ExitCode> {
  const typed = readItem(text);
  const actor = readActor(io, options.as);
  return withSession(io, globals, {}, async (session) => {
    const { database, logger } = session;
    const item = await requireItem(database.db, typed);
    const decision = await readDecision(session, action, item, options);
    const { changed, before, mail } = await decideAlerts(database, item, decision, authorOf(session, actor));
    const label = `${item.kind}:${item.id} (${item.name})`;
    if (changed) {
      logger.info(
        { 'event.action': `alert.${action}`, 'labels.item': `${item.kind}:${item.id}`, 'user.name': actor },
        `${label}: ${action} by ${actor}`,
      );
    }
    writeLine(io.stdout, `${label} ${sentence(decision, changed, before)}`);
    if (mail !== null) writeLine(io.stdout, mail);
    return ExitCode.ok;
  });
}

async function readDecision(
  { database, config, zones }: Session,
  action: Switch['action'],
  item: NamedItem,
  { until, reason }: AlertDecisionOptions,
): Promise<Switch> {
  const today = dayOf(database.clock.now(), zones.business);
  switch (action) {
    case 'unsnooze':
      return { action };
    case 'snooze': {
      const through = readUntil(until ?? '', today);
      return { action, through, reason: readReason(reason ?? '') };
    }
    case 'ack': {
      const ends = await readItemEnds(database.db, item, { jobs: config.jobs, zone: zones.business, today });
      if (ends.items.length === 0) {
        throw usage(
          `${item.kind}:${item.id} has no date to acknowledge.`,
          `\`expiry show ${item.kind}:${item.id}\` shows why.`,
        );
      }
      // What is alerted now; before that, what comes next.
      const reached = reachedItems(ends.items, today);
      const keys = (reached.length > 0 ? reached : ends.items.slice(0, 1)).map(({ key }) => key);
      return { action, keys, reason: reason === undefined ? null : readReason(reason) };
    }
    default:
      return action satisfies never;
  }
}

function sentence(
  decision: Switch,
  changed: boolean,
  before: readonly ReturnType<typeof holdState>[],
): string {
  switch (decision.action) {
    case 'snooze':
      return `is ${changed ? '' : 'already '}snoozed: no alerts through ${dayInWords(decision.through)}.`;
    case 'ack':
      return `is ${changed ? '' : 'already '}acknowledged: no alerts until its date changes.`;
    case 'unsnooze':
      return changed
        ? `is no longer ${before.map((state) => (state === 'renewed' ? 'recorded as renewed' : state)).join(' or ')}: alerts are sent again.`
        : 'is not snoozed, acknowledged or recorded as renewed; nothing was changed.';
    default:
      return decision satisfies never;
  }
}
