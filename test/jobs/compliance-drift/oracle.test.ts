import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { onEachDatabase } from '../../support/databases.ts';
import { evaluateInOpsdeck } from '../../support/opsdeck/drift-job.ts';
import { type Random, seededRandom } from '../../support/seeded-random.ts';
import { type EvidenceRow, judge, type OracleRule, type OracleVerdict } from './oracle.ts';
import { newWorld, storedControls, succeeded, type World } from './world.ts';

/** `2026-03-29 02:30:00`: the wall clock of a zone. */
function wallClock(instant: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(
    instant,
  );
}

const statuses = {
  ActivityExecution: [
    'Completed',
    'completed',
    'Failed',
    'CANCELED',
    'in progress',
    'In_Progress',
    'planned',
    'Issue_Detected',
  ],
  Campaign: ['finished', 'ongoing', 'draft', null],
  MaintenanceLog: ['Completed', 'Open'],
  BCDRTestLog: ['Passed', 'Failed'],
  OnboardingProcess: ['Done', 'Cancelled', null],
  OffboardingProcess: ['In Progress', null],
  SecurityAssessment: ['Approved', 'Pending Review', 'rejected', null],
  RiskAssessment: ['Final', 'Draft', 'DRAFT', null],
  UARExecution: ['completed', 'failed', 'running', null],
} as const;
const models = [
  'ActivityExecution',
  'Campaign',
  'MaintenanceLog',
  'BCDRTestLog',
  'OnboardingProcess',
  'OffboardingProcess',
  'SecurityAssessment',
  'RiskAssessment',
  'UARExecution',
] as const;

/** Dates around which days are easily miscounted: both changes of the clocks, a leap day, new year. */
const moments = [
  '2026-03-29T00:30:00Z',
  '2026-10-25T23:30:00Z',
  '2028-03-01T05:00:00Z',
  '2027-01-01T00:10:00Z',
  '2026-06-15T22:15:00Z',
] as const;
/** Stored zones without changes of the clocks: no wall clock of theirs stands for two instants. */
const storedZones = ['UTC', 'Asia/Tokyo', 'America/Phoenix'] as const;
const businessZones = [
  'Europe/Madrid',
  'UTC',
  'America/St_Johns',
  'Pacific/Kiritimati',
  'Asia/Kathmandu',
] as const;

async function fillEvidence(
  world: World,
  random: Random,
  zones: { stored: string; business: string },
): Promise<EvidenceRow[]> {
  const { db } = world.database;
  const run = (statement: string) => sql.raw(statement).execute(db);
  const text = (value: string | null) => (value === null ? 'null' : `'${value}'`);
  await run(
    `insert into security_activity (name) select 'Activity ' || (n % 4) from generate_series(1, 6) n`,
  );
  await run(`insert into tag (name, is_archived) select 'tag ' || n, false from generate_series(0, 3) n`);
  await run(`insert into bcdr_plan (name) select 'P' from generate_series(1, 3)`);
  await run(`insert into supplier (name, is_archived) select 'S', false from generate_series(1, 3)`);
  await run(`insert into uar_comparison (name, source_a_type, source_b_type, key_field_a, key_field_b)
             select 'Comparison ' || (n % 2), 'a', 'b', 'k', 'k' from generate_series(1, 3) n`);
  const rows: EvidenceRow[] = [];
  for (let id = 1; id <= 40; id += 1) {
    for (const model of models) {
      const status = random.pick(statuses[model]);
      const instant = new Date(Date.parse(random.pick(moments)) - (random.below(90 * 1440) - 2880) * 60_000);
      const stamp = wallClock(instant, zones.stored);
      const localDay = wallClock(instant, zones.business).slice(0, 10);
      const date = stamp.slice(0, 10);
      const which = 1 + random.below(3);
      const base = { model, id, status };
      switch (model) {
        case 'ActivityExecution': {
          const activity = 1 + random.below(6);
          await run(`insert into activity_execution (activity_id, executor_id, execution_date, status)
                     values (${activity}, 1, '${date}', ${text(status)})`);
          // A name stands for the first activity that has it.
          const named = activity <= 4 ? `Activity ${activity % 4}` : null;
          rows.push({ ...base, day: date, order: [date], keys: { activity, activityNamed: named } });
          break;
        }
        case 'Campaign': {
          const processed = random.chance(0.5);
          const created = processed
            ? stamp
            : wallClock(new Date(instant.getTime() - 86_400_000), zones.stored);
          const at = processed
            ? localDay
            : wallClock(new Date(instant.getTime() - 86_400_000), zones.business).slice(0, 10);
          const tags = [random.below(4), random.below(4)].map((n) => `tag ${n}`);
          await run(`insert into campaign (title, subject, body_html, status, created_at, processed_at)
                     values ('Drill ${which} Spring', '', '', ${text(status)}, '${created}', ${processed ? `'${stamp}'` : 'null'})`);
          await run(
            `insert into campaign_tags select distinct ${id}, id from tag where name in ('${tags.join("', '")}')`,
          );
          rows.push({
            ...base,
            day: at,
            order: [processed ? stamp : null, created],
            keys: { title: `Drill ${which} Spring`, tags },
          });
          break;
        }
        case 'MaintenanceLog':
          await run(`insert into maintenance_log (event_type, description, status, event_date, created_at, updated_at)
                     values ('Type ${which}', '', ${text(status)}, '2020-01-01', '${stamp}', '${stamp}')`);
          rows.push({ ...base, day: localDay, order: [stamp], keys: { type: `Type ${which}` } });
          break;
        case 'BCDRTestLog':
          await run(
            `insert into bcdr_test_log (plan_id, test_date, status) values (${which}, '${date}', ${text(status)})`,
          );
          rows.push({ ...base, day: date, order: [date], keys: { plan: which } });
          break;
        case 'OnboardingProcess':
          await run(`insert into onboarding_process (new_hire_name, start_date, status, created_at)
                     values ('N', '2020-01-01', ${text(status)}, '${stamp}')`);
          rows.push({ ...base, day: localDay, order: [stamp], keys: {} });
          break;
        case 'OffboardingProcess':
          await run(`insert into offboarding_process (user_id, departure_date, status, created_at)
                     values (1, '2020-01-01', ${text(status)}, '${stamp}')`);
          rows.push({ ...base, day: localDay, order: [stamp], keys: {} });
          break;
        case 'SecurityAssessment':
          await run(
            `insert into security_assessment (supplier_id, assessment_date, status) values (${which}, '${date}', ${text(status)})`,
          );
          rows.push({ ...base, day: date, order: [date], keys: { supplier: which } });
          break;
        case 'RiskAssessment':
          await run(
            `insert into risk_assessment (name, status, created_at) values ('R', ${text(status)}, '${stamp}')`,
          );
          rows.push({ ...base, day: localDay, order: [stamp], keys: {} });
          break;
        case 'UARExecution':
          await run(
            `insert into uar_execution (comparison_id, status, started_at) values (${which}, ${text(status)}, '${stamp}')`,
          );
          rows.push({
            ...base,
            day: localDay,
            order: [stamp],
            keys: { comparison: which, comparisonName: `Comparison ${which % 2}` },
          });
          break;
      }
    }
  }
  return rows;
}

function randomCriteria(random: Random, model: (typeof models)[number]): Readonly<Record<string, unknown>> {
  const id = 1 + random.below(4);
  switch (model) {
    case 'ActivityExecution':
      return random.chance(0.5)
        ? { method: 'parent_match', value: 1 + random.below(7) }
        : { activity_name: `Activity ${random.below(5)}` };
    case 'Campaign':
      return random.chance(0.5)
        ? { method: 'title_match', title_pattern: random.pick(['drill', 'DRILL 2', '3 sp', 'none']) }
        : { tags: Array.from({ length: 1 + random.below(3) }, () => `tag ${random.below(5)}`) };
    case 'MaintenanceLog':
      return random.chance(0.3) ? { method: 'any_completed' } : { event_type: `Type ${id}` };
    case 'BCDRTestLog':
      return random.chance(0.3) ? {} : { method: 'plan_match', plan_id: id };
    case 'SecurityAssessment':
      return random.chance(0.3) ? {} : { supplier_id: id };
    case 'UARExecution':
      return random.pick<Readonly<Record<string, unknown>>>([
        {},
        { method: 'comparison_match', comparison_id: id },
        { method: 'comparison_name_match', comparison_name: `Comparison ${random.below(3)}` },
      ]);
    default:
      return {};
  }
}

onEachDatabase((harness) => {
  it.each([20_260_310, 7, 424_242])(
    'evaluates as a naive reading of the rules does, seed %i',
    async (seed) => {
      const random = seededRandom(seed);
      const zones = { stored: random.pick(storedZones), business: random.pick(businessZones) };
      // With OpsDeck's own evaluation beside ours.
      const world = await newWorld(harness, { attached: true });
      const evidence = await fillEvidence(world, random, zones);
      const framework = await world.framework('F');
      const rules = new Map<string, OracleRule[]>();
      for (let n = 0; n < 120; n += 1) {
        const name = `C-${n}`;
        const control = await world.control(framework, name);
        const own: OracleRule[] = [];
        for (let count = random.below(4); count > 0; count -= 1) {
          const model = random.pick(models);
          const criteria = randomCriteria(random, model);
          const rule = {
            frequency: random.below(60) - 1,
            grace: random.below(20) - 1,
            enabled: random.chance(0.9),
          };
          own.push({ id: await world.rule(control, { model, criteria, ...rule }), model, criteria, ...rule });
        }
        rules.set(name, own);
      }
      for (const moment of moments) {
        world.clock.set(moment);
        const { snapshot_id } = await succeeded(
          world.run({ environment: { zones }, settings: { signed_off_evidence_only: false } }),
        );
        const theirs = await sql<{ frameworks: unknown }>`
          select snapshot_data -> 'frameworks' as frameworks from compliance_audit where id = ${snapshot_id}`.execute(
          world.database.db,
        );
        expect(theirs.rows[0]?.frameworks).toMatchObject(
          await evaluateInOpsdeck(world.database.db, new Date(moment), zones.business),
        );
        const today = wallClock(new Date(moment), zones.business).slice(0, 10);
        const expected = [...rules].map(([name, own]) => [
          name,
          own.map((rule) => judge(rule, evidence, today)),
        ]);
        const stored = await storedControls(world.database, snapshot_id);
        const got = [...stored].map(([name, control]) => [
          name,
          control.rules.map(
            (rule): OracleVerdict => ({
              id: rule.id,
              status: rule.status,
              days: rule.days_since,
              evidence: rule.evidence?.id,
            }),
          ),
        ]);
        expect(Object.fromEntries(got), `${moment} ${zones.stored} ${zones.business}`).toEqual(
          Object.fromEntries(expected),
        );
      }
    },
  );
});
