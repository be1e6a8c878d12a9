import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { verifyDriftChain } from '../../../jobs/compliance-drift/verify-chain.ts';
import { onOpsdeck } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import {
  driftTimelineInOpsdeck,
  evaluateInOpsdeck,
  runDriftInOpsdeck,
} from '../../support/opsdeck/drift-job.ts';
import { runDrift, succeeded } from './world.ts';

const zone = 'Europe/Madrid';

/** Rules that OpsDeck and this program read differently: status words, days, dates to come, criteria that say nothing. */
const rules = [
  ['only failed', 'ActivityExecution', '{"value": 3}', 30],
  ['dated after today', 'ActivityExecution', '{"value": 4}', 30],
  ['days of 24 hours', 'MaintenanceLog', '{"event_type": "Repair"}', 10],
  ['draft', 'RiskAssessment', '{}', 15],
  ['rejected', 'SecurityAssessment', '{"supplier_id": 2}', 30],
  ['no JSON, asks for a type', 'MaintenanceLog', 'oops', 30],
  ['no JSON, asks for nothing', 'BCDRTestLog', 'oops', 3000],
  ['a list', 'MaintenanceLog', '[1]', 30],
  ['no criterion', 'Campaign', '{"tags": []}', 30],
  ['no such method', 'BCDRTestLog', '{"method": "sometimes"}', 30],
  ['an empty method', 'BCDRTestLog', '{"method": ""}', 3000],
  ['no such model', 'Meeting', '{}', 30],
  ['people have no tags', 'OnboardingProcess', '{"tag": "Sales"}', 30],
  ['an unknown word', 'ActivityExecution', '{"activity_name": "Walk"}', 30],
  [
    'an old one without a time goes first',
    'Campaign',
    '{"method": "title_match", "title_pattern": "quiz"}',
    30,
  ],
  ['not signed off', 'UARExecution', '{}', 30],
] as const;

onOpsdeck((harness) => {
  it("OpsDeck's drift job right after ours lists no change where there is none, and each that there is", async () => {
    const clock = fakeClock('2026-03-02T07:59:00Z');
    const database = await harness.fresh({ clock, company: true });
    const { db } = database;
    await sql`insert into security_activity (name, created_at) values ('Fire drill', '2026-01-05'), ('Audit', '2026-01-05'), ('Walk', '2026-01-05')`.execute(
      db,
    );
    await sql`insert into activity_execution (activity_id, executor_id, execution_date, status)
              values (3, 1, '2026-02-20', 'failed'), (4, 1, '2026-03-06', 'success'), (5, 1, '2026-02-20', 'strolled')`.execute(
      db,
    );
    // Ten days and some hours: eleven days of the calendar.
    await sql`insert into maintenance_log (event_type, description, status, event_date, created_at, updated_at)
              values ('Repair', 'Fan', 'Completed', '2026-02-19', '2026-02-19 20:00', '2026-02-19 20:00')`.execute(
      db,
    );
    await sql`insert into campaign (title, subject, body_html, status, created_at, processed_at)
              values ('Quiz 1', '', '', 'finished', '2025-06-01', null), ('Quiz 2', '', '', 'finished', '2026-02-20', '2026-02-20')`.execute(
      db,
    );
    for (const [name, model, criteria, days] of rules) {
      await sql`
        with control as (
          insert into framework_control (framework_id, control_id, name, is_applicable) values (1, ${`B ${name}`}, ${name}, true) returning id)
        insert into compliance_rule (framework_control_id, name, target_model, criteria, frequency_days, grace_period_days, enabled)
        select id, ${name}, ${model}, ${criteria}, ${days}, 7, true from control`.execute(db);
    }
    const shown = async (id: number | null) =>
      (
        await sql<{
          frameworks: unknown;
        }>`select snapshot_data -> 'frameworks' as frameworks from compliance_audit where id = ${id}`.execute(
          db,
        )
      ).rows[0]?.frameworks;

    const first = await succeeded(runDrift(database, { settings: { unknown_share: 1 } }));
    const theirs = await evaluateInOpsdeck(db, clock.now(), zone);
    const noise = await runDriftInOpsdeck(db, new Date('2026-03-02T08:00:00Z'), zone);
    clock.set('2026-03-02T09:00:00Z');
    await succeeded(runDrift(database, { settings: { unknown_share: 1 } }));
    expect(noise).toEqual([]);
    expect(await shown(first.snapshot_id)).toMatchObject(theirs);
    expect(await driftTimelineInOpsdeck(db, new Date('2026-03-02T09:00:00Z'), 1)).toEqual([]);

    // What changes is listed, once.
    await sql`delete from maintenance_log where event_type = 'Inspection'`.execute(db);
    await sql`update framework_control set is_applicable = false where control_id = 'A.5'`.execute(db);
    expect(await runDriftInOpsdeck(db, new Date('2026-03-02T10:00:00Z'), zone)).toEqual([
      { control: 'A.5', from: 'compliant', to: 'not_applicable', level: 'medium' },
      { control: 'A.9', from: 'compliant', to: 'non_compliant', level: 'critical' },
    ]);
    clock.set('2026-03-02T10:01:00Z');
    await succeeded(runDrift(database, { settings: { unknown_share: 1 } }));
    expect(await driftTimelineInOpsdeck(db, new Date('2026-03-02T10:02:00Z'), 1)).toHaveLength(2);
    expect((await verifyDriftChain(db)).findings).toEqual([]);
  });
});
