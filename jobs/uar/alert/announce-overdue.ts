import type { Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { readAdministrators, readersOf } from '../../../src/notify/administrators.ts';
import { personDestination } from '../../../src/notify/create-notifier.ts';
import type { Destination, Notifier, PersonRecipient } from '../../../src/notify/notifier.ts';
import type { Renewal, RenewalScope } from '../../../src/notify/outbox/renewal.ts';
import { findPeople } from '../../../src/notify/recipients.ts';
import { count } from '../../../src/text/count.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import {
  escalationStep,
  lockComparisons,
  type OverdueComparison,
  type OverdueFinding,
  readOverdue,
  recordOverdue,
  stillOverdue,
} from '../due/overdue.sql.ts';
import type { UarContext } from '../uar-context.ts';
import { readAlertRoute } from './alert-recipients.ts';
import { type OverdueItem, overdueEvent, overdueMessage, overdueTemplate } from './overdue-alert.ts';

type Scope = Pick<UarContext, 'zones' | 'appBaseUrl'> & { readonly now: Date };

/**
 * Announces overdue findings: to the owner 1 and 7 days after the due date, after 14 days to the owner of the comparison and
 * `escalate_to`. One message a person, with all that is to be announced. The ledger `uar_overdue_notice` keeps what was: a run that is
 * late announces the newest step alone. With nobody to alert, and while the event is switched off, the next run tries again.
 *
 * @returns why findings are announced to no person, as a sentence; null otherwise.
 */
export async function announceOverdue(
  trx: Transaction<Database>,
  notifier: Notifier,
  scope: Scope,
): Promise<string | null> {
  const { zones, now } = scope;
  const comparisons = new Map((await lockComparisons(trx)).map((one) => [one.id, one]));
  if (comparisons.size === 0) return null;
  const today = dayOf(now, zones.business);
  const overdue = await readOverdue(trx, [...comparisons.keys()], { zones, today });
  if (overdue.length === 0) return null;
  const route = await notifier.route(trx, overdueEvent, overdueTemplate);
  if (route.channels.length === 0) return null;
  const items = overdue.flatMap((finding): readonly OverdueItem[] => {
    const comparison = comparisons.get(finding.comparison_id);
    return comparison === undefined ? [] : [{ finding, comparison }];
  });
  const readerOf = readersOf(await readAdministrators(trx));
  const digests = [
    ...[...route.shared, ...(route.recipients ?? [])].map((destination) => ({ destination, items })),
    ...(route.recipients !== null || !route.channels.includes('email') ? [] : await byPerson(trx, items)),
  ];
  await notifier.enqueueEach(
    trx,
    route.template,
    digests.map(({ destination, items: digest }) =>
      overdueMessage(digest, destination, {
        appBaseUrl: scope.appBaseUrl,
        ...readerOf(destination),
      }),
    ),
  );
  const announced = new Set(digests.flatMap((digest) => digest.items.map(({ finding }) => finding)));
  await recordOverdue(trx, [...announced], now);
  const left = overdue.length - announced.size;
  return left === 0
    ? null
    : `${count(left, 'overdue finding')} ${left === 1 ? 'is' : 'are'} announced to no person: no owner or administrator has a usable e-mail address.`;
}

interface Digest {
  readonly destination: Destination;
  readonly items: OverdueItem[];
}

/** Who is alerted about what. One statement for each different list of recipients. */
async function byPerson(
  trx: Transaction<Database>,
  items: readonly OverdueItem[],
): Promise<readonly Digest[]> {
  const lists = new Map<string, readonly Destination[]>();
  const reach = async (recipients: readonly PersonRecipient[]): Promise<readonly Destination[]> => {
    const key = JSON.stringify(recipients);
    const known = lists.get(key);
    if (known !== undefined) return known;
    const destinations = (await findPeople(trx, recipients)).people.map(personDestination);
    lists.set(key, destinations);
    return destinations;
  };
  const ownersOf = async (comparison: OverdueComparison) => {
    const own = await reach(ownerOf(comparison));
    return own.length > 0 ? own : reach([{ kind: 'role', role: 'admin' }]);
  };
  const digests = new Map<string, Digest>();
  for (const item of items) {
    const { finding, comparison } = item;
    const people: Destination[] = [];
    if (finding.steps.some((step) => step < escalationStep)) {
      const assignee = finding.assignee_id === null ? [] : await reach(assigneeOf(finding.assignee_id));
      people.push(...(assignee.length > 0 ? assignee : await ownersOf(comparison)));
    }
    if (finding.steps.includes(escalationStep)) {
      const escalated = (comparison.escalate_to ?? []).map((email) => ({ kind: 'address', email }) as const);
      people.push(...(await ownersOf(comparison)), ...(await reach(escalated)));
    }
    for (const destination of new Map(people.map((one) => [one.destination, one])).values()) {
      const digest = digests.get(destination.destination);
      if (digest === undefined) digests.set(destination.destination, { destination, items: [item] });
      else digest.items.push(item);
    }
  }
  return [...digests.values()];
}

function assigneeOf(userId: NonNullable<OverdueFinding['assignee_id']>): readonly PersonRecipient[] {
  return [{ kind: 'user', userId }];
}

function ownerOf({ owner, recipients }: OverdueComparison): readonly PersonRecipient[] {
  return owner === null ? readAlertRoute(['email'], recipients).people : [{ kind: 'address', email: owner }];
}

const heldContext = z.object({ findings: z.array(z.int()) });

/** Digests that were too old when they could first be sent: as true as they were while one of their findings is overdue. */
export async function renewOverdueAlerts({ trx, held, now, zones }: RenewalScope): Promise<Renewal> {
  const ours = held
    .filter(({ event_code: code }) => code === overdueEvent.code)
    .map(({ communication_id: id, context }) => ({
      id,
      findings: heldContext.safeParse(context).data?.findings ?? [],
    }));
  if (ours.length === 0) return { replaced: [], obsolete: [] };
  const named = [...new Set(ours.flatMap(({ findings }) => findings))];
  const overdue = await stillOverdue(trx, named, { zones, today: dayOf(now, zones.business) });
  const isTrue = ({ findings }: (typeof ours)[number]) => findings.some((one) => overdue.has(one));
  return {
    replaced: [],
    obsolete: ours.filter((one) => !isTrue(one)).map(({ id }) => id),
    unchanged: ours.filter(isTrue).map(({ id }) => id),
  };
}
