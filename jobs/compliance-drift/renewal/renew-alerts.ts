/*
 * Alerts of this job that were too old when they could first be sent. A held message names its findings by the snapshot that it is
 * about, and one that took the place of others by theirs (`snapshots` in its context). What those snapshots report and the newest
 * ones still show is alerted in one message; the rest is obsolete.
 */
import { z } from 'zod';
import type { OutgoingMessage } from '../../../src/notify/notifier.ts';
import {
  type HeldMessage,
  type Renewal,
  type RenewalScope,
  reachedBefore,
  renewedKey,
} from '../../../src/notify/outbox/renewal.ts';
import { driftAlert } from '../alert.ts';
import { driftEvent } from '../alert-message.ts';
import { evaluationAlert } from '../evaluation-alert.ts';
import { frameworksAlert } from '../frameworks-alert.ts';
import { type AlertFacts, alertFacts } from '../alert-facts.ts';
import { reasonOf } from '../alerting.ts';
import { causes } from '../cause.ts';
import { evidencePolicy } from '../evidence-policy.ts';
import { driftSettings } from '../settings.ts';
import {
  type ChangedControl,
  type DecidedControl,
  readChanged,
  readDeciding,
  readNewest,
  readStillLost,
} from './held-facts.sql.ts';
import { stillWorse } from './still-worse.ts';

type About = 'regressions' | 'evaluation' | 'frameworks';
const snapshots = z.object({ snapshots: z.array(z.int()) });

export async function renewDriftAlerts(scope: RenewalScope): Promise<Renewal> {
  const replaced: number[] = [];
  const obsolete: number[] = [];
  const ours = scope.held.filter(({ event_code: code }) => code === driftEvent.code);
  for (const about of ['regressions', 'evaluation', 'frameworks'] as const) {
    const held = ours.filter((one) => aboutOf(one) === about);
    if (held.length === 0) continue;
    const ids = held.map(({ communication_id: id }) => id);
    const message = await messageAbout(about, scope, held);
    if (message === null) {
      obsolete.push(...ids);
      continue;
    }
    const { queued, allReached } = await scope.notifier.enqueue(scope.trx, {
      ...message,
      dedupeKey: `compliance-drift:${about}:${renewedKey(held)}`,
      context: { ...message.context, replaces: held.length, snapshots: [...auditsOf(held)] },
      notTo: await reachedBefore(scope.trx, held),
    });
    // Whoever holds them is not written to any more, and all others have them.
    if (allReached === true) obsolete.push(...ids);
    // The event is switched off, or nobody has an address: they stay on hold.
    else if (queued.length > 0) replaced.push(...ids);
  }
  return { replaced, obsolete };
}

function aboutOf({ dedupe_key: key }: HeldMessage): About | undefined {
  return (['regressions', 'evaluation', 'frameworks'] as const).find((about) =>
    key.startsWith(`compliance-drift:${about}:`),
  );
}

function auditsOf(held: readonly HeldMessage[]): ReadonlySet<number> {
  return new Set(
    held.flatMap(({ context, target_id: id }) => snapshots.safeParse(context).data?.snapshots ?? [id]),
  );
}

/** As the rules come out now, where that is what the newest snapshot has; else the control's page has them. */
function factsOf({ now }: ChangedControl, decided: DecidedControl | undefined): AlertFacts {
  return decided === undefined || decided.status !== now
    ? alertFacts(null, null)
    : alertFacts(decided.status, decided.rule);
}

/** null: it is so no longer. */
async function messageAbout(
  about: About,
  { trx, now, zones, appBaseUrl, settings, mode }: RenewalScope,
  held: readonly HeldMessage[],
): Promise<OutgoingMessage | null> {
  const evaluation = await readNewest(trx, about === 'evaluation' ? 50 : 0);
  if (evaluation === null && about !== 'frameworks') return null;
  const audits = [...auditsOf(held)];
  const check = {
    runId: held.at(-1)?.run_id ?? '',
    snapshotId: evaluation?.audit_id ?? Math.max(...audits),
    takenAt: evaluation?.taken_at ?? now,
    zone: zones.business,
    appBaseUrl,
  };
  switch (about) {
    case 'regressions': {
      const changed = await readChanged(trx, audits);
      const deciding = await readDeciding(
        trx,
        { now, zones, frameworkId: null, policy: evidencePolicy(driftSettings.parse(settings), mode) },
        changed.map(({ control_pk: key }) => key),
      );
      const regressions = changed.flatMap((one) => {
        const severity = stillWorse(one);
        if (severity === null) return [];
        return [
          {
            frameworkId: one.framework_id,
            controlKey: one.control_pk,
            framework: one.framework_name,
            controlId: one.control_id,
            name: one.control_name,
            from: one.from_status,
            to: one.now,
            severity,
            cause: causes[one.cause],
            flapping: one.flapping,
            facts: factsOf(one, deciding.get(one.control_pk)),
          },
        ];
      });
      return regressions.length === 0 ? null : driftAlert({ ...check, regressions, improvements: 0 });
    }
    case 'evaluation': {
      const { unknown_share: limit } = driftSettings.parse(settings);
      const { unknown, applicable, problems } = evaluation ?? { unknown: 0, applicable: 0, problems: [] };
      if (unknown <= limit * applicable) return null;
      return evaluationAlert({
        ...check,
        unknown: problems.map((one) => ({
          frameworkId: one.framework_id,
          framework: one.framework_name,
          controlId: one.control_id,
          controlKey: one.control_key,
          name: one.name,
          reason: reasonOf(one),
        })),
        unknownControls: unknown,
        applicable,
        limit,
      });
    }
    case 'frameworks': {
      const lost = await readStillLost(trx, audits);
      if (lost.length === 0) return null;
      return frameworksAlert({
        ...check,
        frameworks: lost.map((one) => ({
          frameworkId: one.framework_id,
          framework: one.framework_name,
          cause: causes[one.cause],
          controls: one.controls,
          failing: one.failing,
          lastSnapshotId: one.audit_id,
        })),
      });
    }
    default:
      return about satisfies never;
  }
}
