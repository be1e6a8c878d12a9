import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { explainFinding } from '../../../jobs/uar/desk/explain-finding.ts';
import { signExecution } from '../../../jobs/uar/desk/sign-off.ts';
import { dueBy } from '../../../jobs/uar/execution/before-opsdeck.ts';
import uar from '../../../jobs/uar/job.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { runManually } from '../../../src/job/run-manually.ts';
import { authorNamed } from '../../support/author.ts';
import { onOpsdeck } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { assignOnPage, decideOnPage, executeInOpsdeck } from '../../support/opsdeck/review-pages.ts';
import { testEnvironment } from '../../support/runner.ts';

async function run(database: OpenDatabase, before: string | null = null) {
  const settings = { ...uar.settings.parse({ before_opsdeck: before }) };
  const outcome = await runManually(
    testEnvironment(database, [uar], { jobConfigs: { uar: { settings, params: {} } } }),
    {
      definition: uar,
      params: uar.params.parse({}),
      dryRun: false,
      timeoutMs: undefined,
      waitMs: 0,
      ignorePause: false,
      allowEmpty: false,
    },
  );
  if (outcome.result === null) throw new Error(JSON.stringify(outcome.fault));
  return outcome.result;
}

onOpsdeck((harness) => {
  it('a review beside OpsDeck: executed ahead of its sweep or after it, each finding reported once, its pages and decisions left whole', async () => {
    // 07:30 in Madrid; the comparison is due at 08:00.
    const clock = fakeClock('2026-03-02T06:30:00Z');
    const database = await harness.fresh({ clock, company: true });
    const { db, storedZone } = database;
    const zones = { business: 'Europe/Madrid', stored: storedZone };
    await sql`update uar_comparison set auto_create_incidents = true`.execute(db);
    expect(await run(database)).toMatchObject({ reviews: [] });
    // Person 37's was found by OpsDeck and reported to nobody. All of the first share one incident.
    expect(await run(database, '1h')).toMatchObject({
      reviews: [
        {
          adopted: true,
          new: { critical: 1, high: 26 },
          incidents: 1,
          messages: 1,
          next_run_at: '2026-04-02T06:00:00.000Z',
        },
      ],
    });
    const linked = async () => {
      const { rows } = await sql<{ theirs: number; ours: number; incidents: number }>`
        select (select count(security_incident_id)::int from uar_finding) as theirs,
               (select count(incident_id)::int from opsdeck_jobs.uar_identity) as ours,
               (select count(*)::int from security_incident) as incidents`.execute(db);
      return rows[0];
    };
    expect(await linked()).toEqual({ theirs: 0, ours: 27, incidents: 1 });

    // What an earlier version linked, and what people decide on the pages.
    await sql`update uar_finding set security_incident_id = 1 where finding_type = 'Right Only (B)'`.execute(
      db,
    );
    const findings = await db.selectFrom('uar_finding').select(['id', 'key_value']).orderBy('id').execute();
    const idOf = (key: string) =>
      findings.find((one) => one.key_value === `${key}@harbourlane.example`)?.id ?? 0;
    const [decided, assigned, changed, typed] = ['person37', 'person31', 'person32', 'person33'].map(idOf);
    if (decided === undefined || assigned === undefined || changed === undefined || typed === undefined)
      throw new Error('the company has other findings');
    await decideOnPage(db, decided, { status: 'acknowledged', at: '2026-03-03 09:00:00' });
    await assignOnPage(db, assigned, { to: 2, at: '2026-03-03 09:01:00' });
    await sql`update uar_finding set status = 'false_positive', resolved_at = '2026-03-03 09:02' where id = ${changed}`.execute(
      db,
    );
    await sql`update uar_finding set status = 'with HR' where id = ${typed}`.execute(db);

    // OpsDeck's sweep of the next month comes first, with an account that we have not seen.
    await sql`insert into service_users (service_id, user_id) values (1, 40)`.execute(db);
    await executeInOpsdeck(db, {
      comparison: 1,
      at: '2026-04-02 06:00:00',
      next: '2026-05-02 06:00:00',
      found: ['person38@harbourlane.example'],
    });
    clock.set('2026-04-02T06:15:00Z');
    expect(await run(database)).toMatchObject({
      reviews: [{ adopted: false, new: { critical: 1, high: 0 }, incidents: 1, messages: 1 }],
    });
    expect(await run(database)).toMatchObject({ reviews: [], next_due_at: '2026-05-02T06:00:00.000Z' });
    expect(await linked()).toEqual({ theirs: 0, ours: 28, incidents: 2 });
    const { rows: kept } = await sql`
      select key_value, status, resolved_at::text, assigned_to_id from uar_finding
       where id in (${decided}, ${assigned}, ${changed}, ${typed}) order by key_value`.execute(db);
    expect(kept).toEqual([
      {
        key_value: expect.stringContaining('31'),
        status: 'acknowledged',
        resolved_at: null,
        assigned_to_id: 2,
      },
      {
        key_value: expect.stringContaining('32'),
        status: 'false_positive',
        resolved_at: '2026-03-03 09:02:00',
        assigned_to_id: null,
      },
      {
        key_value: expect.stringContaining('33'),
        status: 'with HR',
        resolved_at: null,
        assigned_to_id: null,
      },
      {
        key_value: expect.stringContaining('37'),
        status: 'acknowledged',
        resolved_at: '2026-03-03 09:00:00',
        assigned_to_id: 1,
      },
    ]);
    expect((await explainFinding(db, { zones, now: new Date() }, assigned)).decisions).toMatchObject([
      { decision: 'assigned', actor: 'ada@harbourlane.example' },
    ]);

    const { id: newest } = await db
      .selectFrom('opsdeck_jobs.uar_execution_record')
      .select((e) => e.fn.max('execution_id').as('id'))
      .executeTakeFirstOrThrow();
    const sign = () =>
      signExecution(database, zones, newest, {
        ...authorNamed('bo@harbourlane.example', { clock: database.clock, zones, enteredBy: 'os:bo@desk' }),
        note: 'Q1',
      });
    const undecided = () => sign().catch((error: unknown) => String(error));
    const decideOthers = async (but: readonly number[], at: string) => {
      const others = await db.selectFrom('uar_finding').select('id').where('id', 'not in', but).execute();
      for (const { id } of others) await decideOnPage(db, id, { status: 'acknowledged', at });
    };
    // For the newest one that is before it was opened, by us: it does not count.
    await decideOthers([decided, assigned, changed], '2026-04-02 06:10:00');
    const refusal = await undecided();
    expect(refusal).toContain('3 critical and high findings have no decision that counts');
    expect(refusal).toContain('(person38@harbourlane.example');
    expect(refusal).toContain(`${assigned} (person31@harbourlane.example)`);
    expect(refusal).toContain(
      `${changed} (person32@harbourlane.example, false positive by an unknown person in OpsDeck)`,
    );
    await decideOthers([decided], '2026-04-02 06:15:00');
    await expect(sign()).resolves.toMatchObject({ review: { execution_id: newest } });
  });
});

it.each([
  // Madrid: UTC+1, and UTC+2 from 29 March 2026 on.
  ['2026-03-02T05:59:00Z', '1h', '2026-03-02T05:59:00Z'],
  ['2026-03-02T06:00:00Z', '1h', '2026-03-02T07:00:00Z'],
  ['2026-03-02T07:00:00Z', '1h', '2026-03-02T07:00:00Z'],
  ['2026-03-02T07:00:01Z', '1h', '2026-03-02T07:00:01Z'],
  ['2026-03-29T05:00:00Z', '1h', '2026-03-29T06:00:00Z'],
  ['2026-03-28T22:00:00Z', '8h', '2026-03-29T06:00:00Z'],
  ['2026-10-25T06:00:00Z', '1h', '2026-10-25T07:00:00Z'],
  ['2026-10-25T06:00:00Z', null, '2026-10-25T06:00:00Z'],
] as const)('at %s with a lead of %s comparisons of OpsDeck up to %s are due', (now, lead, expected) => {
  const settings = uar.settings.parse({ before_opsdeck: lead });
  const zones = { business: 'Europe/Madrid', stored: 'UTC' };
  expect(dueBy({ mode: 'attached', settings, zones }, new Date(now))).toEqual(new Date(expected));
  expect(dueBy({ mode: 'standalone', settings, zones }, new Date(now))).toEqual(new Date(now));
});
