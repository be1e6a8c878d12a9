import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { evidenceDetails } from '../../../../jobs/compliance-drift/controls/evidence-details.sql.ts';
import { evidence } from '../../../../jobs/compliance-drift/import/evidence.ts';
import { evidenceKinds } from '../../../../jobs/compliance-drift/rules/evidence-words.ts';
import type { OpenDatabase } from '../../../../src/db/database.ts';
import { openCsv } from '../../../../src/import/csv-file.ts';
import { importCsv } from '../../../../src/import/import-csv.ts';
import { RefusedFile } from '../../../../src/import/problems.ts';
import { inputFiles } from '../../../import/input-files.ts';
import { onEachDatabase } from '../../../support/databases.ts';
import { newWorld, storedControls, succeeded } from '../world.ts';

const write = inputFiles();

async function run(database: OpenDatabase, content: string) {
  const csv = await openCsv(await write(content), 'evidence.csv', evidence.columns);
  try {
    return await importCsv(
      evidence,
      csv,
      { zone: 'Europe/Madrid', today: '2026-03-10' },
      { database, dryRun: false, actor: 'os:ana@host', signal: new AbortController().signal },
    );
  } finally {
    csv.close();
  }
}

const header = 'kind,name,performed,status,who,reference,tags\n';
const file = `${header}campaign,Phishing drill,2026-02-10,finished,ada@example.org,,"awareness, 2026"
maintenance,Inspection,2026-02-10,Completed,ADA@example.org,TICKET-7,
recovery-test,Payroll,2026-02-10,bestanden,ada@example.org,DOC-1,
Onboarding,Cai,2026-02-10,completed,,,
offboarding,ada@example.org,2026-02-10,completed,,,
supplier assessment,ACME,2026-02-10,Approved,ada@example.org,DOC-2,
risk_assessment,Yearly,2026-02-10,Locked,ada@example.org,DOC-3,
campaign,Other drill,2026-03-09,planned,,,
`;

const models = {
  Campaign: { method: 'tag_match', tags: ['awareness'] },
  MaintenanceLog: { event_type: 'Inspection' },
  BCDRTestLog: { method: 'any_passed' },
  OnboardingProcess: {},
  OffboardingProcess: {},
  SecurityAssessment: {},
  RiskAssessment: {},
  ActivityExecution: { activity_name: 'Backup test' },
  UARExecution: { method: 'comparison_name_match', comparison_name: 'Accounts' },
} as const;

onEachDatabase((harness) => {
  it('each kind of rule is met by evidence that was imported, and no longer on the day after its limit', async () => {
    expect(Object.keys(models).toSorted()).toEqual([...evidenceKinds].toSorted());
    const world = await newWorld(harness);
    const { database } = world;
    const framework = await world.framework('House');
    for (const [model, criteria] of Object.entries(models)) {
      const control = await world.control(framework, model);
      await world.rule(control, { model, criteria, frequency: 28, grace: 0 });
    }
    await world.execution(await world.activity('Backup test'), '2026-02-10', 'success');
    await sql`
      with c as (
        insert into uar_comparison (name, source_a_type, source_b_type, key_field_a, key_field_b)
        values ('Accounts', 'JSON', 'JSON', 'id', 'id') returning id
      ), e as (
        insert into uar_execution (comparison_id, status, started_at) select id, 'completed', '2026-02-10 09:00' from c returning id
      )
      select id from e`.execute(database.db);
    const statuses = async () => {
      const { snapshot_id } = await succeeded(
        world.run({ settings: { signed_off_evidence_only: false }, allowEmpty: true }),
      );
      const stored = await storedControls(database, snapshot_id);
      return Object.fromEntries(
        Object.keys(models).map((model) => [model, stored.get(model)?.rules[0]?.status]),
      );
    };
    const all = (status: string) => Object.fromEntries(Object.keys(models).map((model) => [model, status]));

    expect(await statuses()).toEqual({
      ...all('non_compliant'),
      ...{ ActivityExecution: 'compliant', UARExecution: 'compliant' },
    });
    expect(await run(database, file)).toMatchObject({
      ...{ rows: 8, added: 8, changed: 0 },
      notes: ["Also added: recovery plan 'Payroll'.", "Also added: supplier 'ACME'."],
    });
    expect(await run(database, file)).toMatchObject({ added: 0, changed: 0, unchanged: 8 });
    expect(await statuses()).toEqual(all('compliant'));
    world.clock.advance(24 * 3_600_000);
    expect(await statuses()).toEqual(all('non_compliant'));

    const [detail] = [
      ...(
        await evidenceDetails(database.db, { stored: 'UTC', business: 'Europe/Madrid' }, [
          { model: 'SecurityAssessment', id: 1 },
        ])
      ).values(),
    ];
    expect(detail).toEqual({
      ...{ what: 'ACME', performed: '2026-02-10', by: 'Ada Admin', recordedBy: 'os:ana@host', link: 'DOC-2' },
      recordedAt: new Date('2026-03-10T08:00:00Z'),
    });

    const corrected = file
      .replace('finished,ada@example.org,,"awareness, 2026"', 'failed,,,2026')
      .replace('DOC-3', 'DOC-4');
    expect(await run(database, corrected)).toMatchObject({ added: 0, changed: 2, unchanged: 6 });
    expect(await run(database, corrected)).toMatchObject({ added: 0, changed: 0, unchanged: 8 });
    const { rows } = await sql`
      select c.status, c.created_by_id, (select string_agg(t.name, ',') from campaign_tags x join tag t on t.id = x.tag_id
        where x.campaign_id = c.id) as tags from campaign c where title = 'Phishing drill'`.execute(
      database.db,
    );
    expect(rows).toEqual([{ status: 'failed', created_by_id: null, tags: '2026' }]);
  });

  it('rows that cannot be evidence are refused, each with its line; nothing is written', async () => {
    const { database } = await newWorld(harness);
    const refused = await run(
      database,
      `${header}campain,Drill,2026-02-10,finished,,,
campaign,Drill,2026-03-11,finished,,,
campaign,Drill,2026-02-10,maybe,,,
maintenance,Repair,2026-02-10,completed,bo@example.org,,x
maintenance,Repair,2026-02-10,completed,,,
offboarding,Bo,2026-02-10,completed,,,
offboarding,Ada Admin,2026-02-10,completed,,,
offboarding,ada@example.org,2026-02-10,completed,,,
`,
    ).catch((error: unknown) => error);
    if (!(refused instanceof RefusedFile)) throw refused;
    expect(refused.problems.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      "2: kind is 'campain': did you mean campaign?",
      '3: performed is 2026-03-11, which is in the future',
      "4: status is 'maybe', which is on neither list of words for campaign: write one such as completed or failed, or add it to jobs.compliance-drift.settings.evidence_words",
      '5: tags are for campaigns only',
      "7: name 'Bo' is neither the address nor the name of a user (import users first)",
      "9: 'ada@example.org' on this day is already in line 8",
    ]);
    const twice = await run(
      database,
      `${header}maintenance,Repair,2026-02-10,completed,bo@example.org,,\nmaintenance,Repair,2026-02-10,open,,,\n`,
    ).catch((error: unknown) => error);
    if (!(twice instanceof RefusedFile)) throw twice;
    expect(twice.problems.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      "2: who 'bo@example.org' belongs to no user",
      "3: 'Repair' on this day is already in line 2",
    ]);
  });
});
