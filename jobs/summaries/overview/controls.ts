import { sql } from 'kysely';
import { count } from '../../../src/text/count.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { forecast } from '../../compliance-drift/controls/forecast.ts';
import { readControls } from '../../compliance-drift/controls/read-controls.ts';
import { evidencePolicy } from '../../compliance-drift/evidence-policy.ts';
import { driftSettings } from '../../compliance-drift/settings.ts';
import type { OverviewLine, OverviewPart, OverviewScope } from './part.ts';

const forecastDays = 30;

interface ControlsAt {
  readonly snapshots: number;
  readonly met: number;
  readonly applicable: number;
  readonly failing: number;
  readonly regressions: number;
  readonly critical: number;
  readonly improvements: number;
  readonly overdue: number;
  readonly overdue_names: string | null;
  readonly accepted: number;
}

/** Controls as the newest snapshots had them, what got worse, and what people do about it. Two statements. */
export const controlsPart: OverviewPart = {
  title: 'Controls',
  read: async (scope) => {
    const [now, then] = await readControlsAt(scope);
    const before = (of: (at: ControlsAt) => number) =>
      then === undefined || then.snapshots === 0 ? null : of(then);
    if (now === undefined) return [];
    const drift = `report drift ${scope.compared.present.options}`;
    return [
      {
        ...{ what: 'controls met', value: now.met, of: now.applicable, before: before(({ met }) => met) },
        detail: now.snapshots === 0 ? 'no snapshot yet' : '',
        // None of them met is no good month, even where none is evaluated and so none fails.
        ...{ bad: false, lacking: now.snapshots === 0 || (now.applicable > 0 && now.met === 0) },
        next: 'controls list',
      },
      {
        ...{ what: 'failing controls', value: now.failing, before: before(({ failing }) => failing) },
        ...{ detail: '', bad: true, next: 'controls list --failing' },
      },
      {
        what: 'regressions',
        ...{ value: now.regressions, before: before(({ regressions }) => regressions) },
        detail: now.critical === 0 ? '' : `${now.critical} critical`,
        ...{ bad: true, next: drift },
      },
      {
        what: 'improvements',
        ...{ value: now.improvements, before: before(({ improvements }) => improvements) },
        ...{ detail: '', bad: false, next: drift },
      },
      await coming(scope),
      {
        ...{ what: 'overdue actions on controls', value: now.overdue, before: then?.overdue ?? null },
        ...{ detail: now.overdue_names ?? '', bad: true, next: 'controls list' },
      },
      {
        ...{ what: 'failing controls accepted', value: now.accepted, before: then?.accepted ?? null },
        ...{ detail: '', bad: false, next: 'controls list' },
      },
    ];
  },
};

async function readControlsAt({ db, zones, compared }: OverviewScope): Promise<readonly ControlsAt[]> {
  const { present, before } = compared;
  const { rows } = await sql<ControlsAt>`
    select newest.*, changed.*, acted.*, accepted.*
      from (values (1, ${present.from.toISOString()}::timestamptz, ${present.to.toISOString()}::timestamptz),
                   (2, ${before.from.toISOString()}::timestamptz, ${before.to.toISOString()}::timestamptz))
           as span (place, begins, ends)
     cross join lateral (
       select count(*)::integer as snapshots,
              coalesce(sum(coalesce((f.status ->> 'compliant')::integer, 0) + coalesce((f.status ->> 'manual')::integer, 0)), 0)::integer as met,
              coalesce(sum(f.controls - coalesce((f.status ->> 'not_applicable')::integer, 0)), 0)::integer as applicable,
              coalesce(sum(coalesce((f.status ->> 'non_compliant')::integer, 0) + coalesce((f.status ->> 'warning')::integer, 0)), 0)::integer as failing
         from public.framework fw
        cross join lateral (
          select x.controls, x.status from opsdeck_jobs.drift_snapshot_framework x
            join opsdeck_jobs.drift_snapshot s on s.audit_id = x.audit_id
           where x.framework_id = fw.id and s.taken_at <= span.ends
           order by x.audit_id desc limit 1) f
        where fw.is_active) newest
     cross join lateral (
       select count(*) filter (where class = 'regression')::integer as regressions,
              count(*) filter (where class = 'regression' and severity = 'critical')::integer as critical,
              count(*) filter (where class = 'improvement')::integer as improvements
         from opsdeck_jobs.drift_event
        where audit_id in (select s.audit_id from opsdeck_jobs.drift_snapshot s
                            where s.taken_at between span.begins and span.ends)) changed
     cross join lateral (
       select count(*)::integer as overdue,
              string_agg(control_id || ' (due ' || due || ')', ', ' order by due, id) filter (where place <= 3) as overdue_names
         from (select a.*, row_number() over (order by a.due, a.id) as place
                 from opsdeck_jobs.control_action a
                where a.created_at <= span.ends and a.due < (span.ends at time zone ${zones.business}::text)::date
                  and not exists (select from opsdeck_jobs.control_action_end e
                                   where e.action_id = a.id and e.created_at <= span.ends)) late) acted
     cross join lateral (
       select count(*)::integer as accepted
         from (select distinct on (framework_control_id) until from opsdeck_jobs.control_acceptance
                where created_at <= span.ends order by framework_control_id, id desc) a
        where a.until >= (span.ends at time zone ${zones.business}::text)::date) accepted
     order by span.place`.execute(db);
  return rows;
}

/** From now on, whatever the month: what is to come is not recorded. */
async function coming({ db, now, zones, mode, settingsOf }: OverviewScope): Promise<OverviewLine> {
  const settings = driftSettings.parse(settingsOf('compliance-drift') ?? {});
  const policy = evidencePolicy(settings, mode);
  const controls = await readControls(db, { now, zones, frameworkId: null, policy });
  const turns = forecast(controls, dayOf(now, zones.business), forecastDays);
  const worse = new Set(turns.map(({ control }) => control)).size;
  const [first] = turns;
  return {
    what: `controls that get worse in ${forecastDays} days without new evidence`,
    ...{ value: worse, of: controls.length, before: null },
    detail:
      first === undefined
        ? ''
        : `${count(turns.length, 'change')}, first ${first.control.framework} ${first.control.controlId} on ${first.turn.on}`,
    ...{ bad: true, next: `controls forecast --days ${forecastDays}` },
  };
}
