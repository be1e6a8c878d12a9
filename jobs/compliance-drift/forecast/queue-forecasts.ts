import type { Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { JobContext } from '../../../src/job/context.ts';
import { readAdministrators } from '../../../src/notify/administrators.ts';
import type { EnqueueResult } from '../../../src/notify/notifier.ts';
import { addDays, dayOf } from '../../../src/time/calendar-day.ts';
import { type ForecastTurn, forecast } from '../controls/forecast.ts';
import { readControls } from '../controls/read-controls.ts';
import type { EvaluationScope } from '../evaluate.sql.ts';
import type { DriftParams, DriftSettings } from '../settings.ts';
import { forecastAlert, forecastKey, repeatDays } from './alert.ts';
import {
  alertedSince,
  type ComingTurn,
  forgetForecast,
  readOwners,
  recordForecast,
  turnKey,
  wantsForecast,
} from './coming.sql.ts';

/** So far a forecast looks ahead, as `controls forecast` does without --days. */
const daysAhead = 30;

/**
 * Queues, in the transaction of the snapshot of a scheduled run, one message for each person who has to act: the owner of an activity
 * that a rule asks for, or who attested the control. What has no such person, or one without an address, goes to the administrators.
 *
 * A control and date is alerted once a week at most, and at once when its date changes. Nothing is read where the event is off.
 */
export async function queueForecasts(
  trx: Transaction<Database>,
  context: JobContext<DriftParams, DriftSettings>,
  scope: EvaluationScope,
): Promise<readonly EnqueueResult[]> {
  const { notifier, runId, dryRun, zones, appBaseUrl } = context;
  if (!(await wantsForecast(trx, { runId, dryRun }))) return [];
  const today = dayOf(scope.now, zones.business);
  const controls = await readControls(trx, scope);
  const alerted = await alertedSince(trx, addDays(today, -repeatDays));
  const due = forecast(controls, today, daysAhead).filter((one) => !alerted.has(turnKey(coming(one))));
  if (!dryRun) await forgetForecast(trx, today, forecast(controls, today, 36_500).map(coming));
  if (due.length === 0) return [];

  const owners = await readOwners(trx, scope);
  const administrators = await readAdministrators(trx);
  const groups = new Map<number | null, ForecastTurn[]>();
  const add = (owner: number | null, one: ForecastTurn) => {
    groups.set(owner, [...(groups.get(owner) ?? []), one]);
  };
  for (const one of due) {
    const { control } = one;
    const people =
      control.attestation === null ? (owners.get(control.id) ?? []) : [control.attestation.by_user];
    if (people.length === 0) add(null, one);
    for (const owner of people) add(owner, one);
  }

  const results: EnqueueResult[] = [];
  const queue = async (owner: number | null, turns: readonly ForecastTurn[]): Promise<EnqueueResult> => {
    const [first, ...others] = turns;
    if (first === undefined) return { queued: [], notes: [] };
    const input = { runId, takenAt: scope.now, zone: zones.business, appBaseUrl, administrators };
    const result = await notifier.enqueue(trx, forecastAlert([first, ...others], owner, input));
    if (!dryRun && result.queued.length > 0) {
      await recordForecast(trx, turns.map(coming), { today, dedupeKey: forecastKey(runId, owner), runId });
    }
    return result;
  };
  for (const [owner, turns] of [...groups].filter(([one]) => one !== null)) {
    const result = await queue(owner, turns);
    // An owner without an address: the administrators act.
    if (result.noRecipient === true) for (const one of turns) add(null, one);
    else results.push(result);
  }
  const rest = new Map((groups.get(null) ?? []).map((one) => [turnKey(coming(one)), one]));
  const sorted = [...rest.values()].toSorted((a, b) =>
    a.turn.on < b.turn.on ? -1 : a.turn.on > b.turn.on ? 1 : 0,
  );
  results.push(await queue(null, sorted));
  return results;
}

function coming({ control, turn }: ForecastTurn): ComingTurn {
  return { control: control.id, on: turn.on };
}
