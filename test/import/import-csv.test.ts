import type { KyselyPlugin } from 'kysely';
import { sql } from 'kysely';
import { expect, it, vi } from 'vitest';
import { activities } from '../../jobs/compliance-drift/import/activities.ts';
import { links } from '../../jobs/compliance-drift/import/links.ts';
import { rules } from '../../jobs/compliance-drift/import/rules.ts';
import { users } from '../../jobs/uar/import/users.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import { openCsv } from '../../src/import/csv-file.ts';
import type { CsvKind } from '../../src/import/csv-kind.ts';
import { type CsvImportResult, importCsv } from '../../src/import/import-csv.ts';
import { lockImports } from '../../src/import/import-transaction.ts';
import { RefusedFile } from '../../src/import/problems.ts';
import type { Day } from '../../src/time/day.ts';
import { onEachDatabase, onPostgres } from '../support/databases.ts';
import { inputFiles } from './input-files.ts';

const write = inputFiles();

interface Options {
  readonly dryRun?: boolean;
  readonly framework?: string;
  readonly today?: Day;
  readonly signal?: AbortSignal;
}

async function run(
  database: OpenDatabase,
  kind: CsvKind,
  content: string,
  { dryRun = false, framework, today, signal = new AbortController().signal }: Options = {},
): Promise<CsvImportResult> {
  const csv = await openCsv(await write(content), 'input.csv', kind.columns);
  try {
    return await importCsv(
      kind,
      csv,
      {
        framework,
        zone: 'UTC',
        settings: () => ({ evidence_words: { ActivityExecution: { done: ['soso'] } } }),
        ...(today === undefined ? {} : { today }),
      },
      { database, dryRun, actor: 'os:ana@host', signal },
    );
  } finally {
    csv.close();
  }
}

async function problemsOf(work: Promise<unknown>): Promise<string[]> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RefusedFile)) throw new Error(`not refused, but ${String(error)}`);
  return error.problems.map(({ line, message }) => `${line}: ${message}`);
}

/** Everything that an import may touch, as text. */
async function everything(database: OpenDatabase): Promise<unknown> {
  const { rows } = await sql<{ content: unknown }>`
    select json_build_object(
      'users', (select json_agg(u order by u.id) from "user" u),
      'activities', (select json_agg(a order by a.id) from security_activity a),
      'executions', (select json_agg(e order by e.id) from activity_execution e),
      'rules', (select json_agg(r order by r.id) from compliance_rule r),
      'links', (select json_agg(l order by l.id) from compliance_link l),
      'log', (select json_agg(l order by l.id) from opsdeck_jobs.action_log l)) as content`.execute(
    database.db,
  );
  return rows[0]?.content;
}

async function framework(database: OpenDatabase, name: string, controlIds: readonly string[]): Promise<void> {
  await sql`insert into framework (name, is_custom, is_active) values (${name}, true, true)`.execute(
    database.db,
  );
  for (const controlId of controlIds) {
    await sql`
      insert into framework_control (framework_id, control_id, name, is_applicable)
      select id, ${controlId}, 'A control', true from framework where name = ${name}`.execute(database.db);
  }
}

const people = 'email,name,role\nana@x.org,Ana,admin\nbo@x.org,Bo,\n';
const done = `activity,executor_email,execution_date,status,outcome_notes
Backup test,ana@x.org,2024-02-29,completed,"Restored
all of it"
Backup test,BO@x.org,2024-02-29,completed,
Review,bo@x.org,2024-03-01,failed,tab	and \\ backslash
`;
const judged = `framework,control_id,name,target_model,criteria,frequency_days,enabled
ISO,A.5.1,Policy read,ActivityExecution,"{""activity_name"": ""Backup test""}",30,yes
ISO,A.5.2,Recovery,BCDRTestLog,,,no
`;
const linked =
  'control_id,linkable_type,linkable_id,description\nA.5.1,Course,7,The course\nA.5.1,User,ANA@x.org,Ana\n';

const samples: ReadonlyArray<
  readonly [string, (database: OpenDatabase, options?: Options) => Promise<CsvImportResult>, number]
> = [
  ['users', (database, options) => run(database, users, people, options), 2],
  ['activities', (database, options) => run(database, activities, done, options), 3],
  ['rules', (database, options) => run(database, rules, judged, options), 2],
  ['links', (database, options) => run(database, links, linked, { ...options, framework: 'ISO' }), 2],
];

onEachDatabase((harness) => {
  const ready = async (): Promise<OpenDatabase> => {
    const database = await harness.fresh({ clock: { now: () => new Date('2024-05-06T07:08:09Z') } });
    await framework(database, 'ISO', ['A.5.1', 'A.5.2']);
    return database;
  };
  const peopled = async (): Promise<OpenDatabase> => {
    const database = await ready();
    await run(database, users, people);
    return database;
  };

  it.each(samples)(
    'import %s: nothing when stopped, nothing in a dry run, everything once, and nothing the second time',
    async (kind, importSample, rows) => {
      const database = await (kind === 'users' ? ready() : peopled());
      const before = await everything(database);
      const stopped = importSample(database, { signal: AbortSignal.abort(new Error('stopped')) });
      await expect(stopped).rejects.toThrow('stopped');
      expect(await everything(database)).toEqual(before);

      const report = await importSample(database, { dryRun: true });
      expect(await everything(database)).toEqual(before);

      expect(report).toMatchObject({ rows, added: rows, changed: 0, unchanged: 0 });
      expect(await importSample(database)).toEqual(report);

      const after = await everything(database);
      expect(await importSample(database)).toMatchObject({ rows, added: 0, changed: 0, unchanged: rows });
      expect(await everything(database)).toEqual(after);
    },
  );

  it('supplies every value that OpsDeck’s own code would, times in the stored zone', async () => {
    const database = await peopled();
    const madrid = { ...database, storedZone: 'Europe/Madrid' };
    await run(madrid, activities, done);
    await run(madrid, rules, judged);
    await run(madrid, users, 'email,name\ncai@x.org,Cai\n');
    const { rows } = await sql`
      select (select row_to_json(u) from (select name, role, created_at, is_archived, hide_from_org_chart
                                            from "user" where email = 'cai@x.org') u) as person,
             (select row_to_json(e) from (select status, execution_date, outcome_notes, created_at
                                            from activity_execution order by id limit 1) e) as execution,
             (select outcome_notes from activity_execution where status = 'failed') as notes,
             (select json_agg(a.created_at) from security_activity a) as activities,
             (select json_agg(r order by r.name) from (select name, criteria, frequency_days, grace_period_days, enabled,
                                          created_at, updated_at from compliance_rule) r) as rules`.execute(
      database.db,
    );
    const now = '2024-05-06T09:08:09';
    expect(rows[0]).toEqual({
      person: { name: 'Cai', role: 'user', created_at: now, is_archived: false, hide_from_org_chart: false },
      execution: {
        status: 'completed',
        execution_date: '2024-02-29',
        outcome_notes: 'Restored\nall of it',
        created_at: now,
      },
      notes: 'tab\tand \\ backslash',
      activities: [now, now],
      rules: [
        {
          name: 'Policy read',
          criteria: '{"activity_name": "Backup test"}',
          frequency_days: 30,
          grace_period_days: 7,
          enabled: true,
          created_at: now,
          updated_at: now,
        },
        {
          name: 'Recovery',
          criteria: '{}',
          frequency_days: 90,
          grace_period_days: 7,
          enabled: false,
          created_at: now,
          updated_at: now,
        },
      ],
    });
  });

  it('changes what differs: a column that is left out keeps its value, an empty cell of free text clears it', async () => {
    const database = await ready();
    await run(
      database,
      users,
      'email,name,role,department,job_title\nana@x.org,Ana,admin,IT,Chief\nbo@x.org,Bo,,IT,\n',
    );
    expect(
      await run(
        database,
        users,
        'email,name,role,department,archived\nANA@x.org,Ana,,,\nbo@x.org,Bo,,IT,yes\n',
      ),
    ).toMatchObject({ added: 0, changed: 2, unchanged: 0 });
    const { rows } = await sql`
      select email, role, department, job_title, is_archived from "user" order by email`.execute(database.db);
    expect(rows).toEqual([
      { email: 'ana@x.org', role: 'admin', department: null, job_title: 'Chief', is_archived: false },
      { email: 'bo@x.org', role: 'user', department: 'IT', job_title: null, is_archived: true },
    ]);
  });

  it('a rule that changes keeps what the file does not have, and shows when it changed', async () => {
    const database = await ready();
    await run(database, rules, judged);
    const later = { ...database, clock: { now: () => new Date('2024-06-01T00:00:00Z') } };
    const changed = await run(
      later,
      rules,
      'framework,control_id,name,target_model\nISO,A.5.2,Recovery,RiskAssessment\n',
    );
    expect(changed).toMatchObject({ added: 0, changed: 1 });
    const { rows } = await sql`
      select target_model, frequency_days, enabled, created_at <> updated_at as touched
        from compliance_rule where name = 'Recovery'`.execute(database.db);
    expect(rows).toEqual([
      { target_model: 'RiskAssessment', frequency_days: 90, enabled: false, touched: true },
    ]);
  });

  it('reports the wrong cells, the wrong references and the repeated rows of a file in one go', async () => {
    const database = await peopled();
    const before = await everything(database);
    const found = await problemsOf(
      run(
        database,
        activities,
        `activity,executor_email,execution_date,status
Backup,nobody@x.org,2024-01-01,completed
,bo@x.org,2024-01-02,completed
Backup,bo@x.org,2024-02-30,completed

Backup,bo@x.org,2024-01-03,completed
Backup,Bo@X.org,2024-01-03,completed
Backup,bo@x.org
`,
      ),
    );
    expect(found).toEqual([
      "2: executor_email 'nobody@x.org' belongs to no user",
      '3: activity is empty',
      "4: execution_date is '2024-02-30': write a date that exists as YYYY-MM-DD",
      "7: the same execution of 'Backup' is already in line 6",
      '8: the row has 2 cells, the header 4',
    ]);
    expect(await everything(database)).toEqual(before);
  });

  it('refuses executions of a later day or with a word on no list, and takes configured words', async () => {
    const database = await peopled();
    const rows = ['2024-03-11,success', '2024-03-10,perhaps', '2024-03-10,So-So', '2024-03-10,planned'];
    const header = 'activity,executor_email,execution_date,status';
    const csv = [header, ...rows.map((row) => `Drill,bo@x.org,${row}`)].join('\n');
    expect(await problemsOf(run(database, activities, csv, { today: '2024-03-10' }))).toEqual([
      '2: execution_date is 2024-03-11, which is in the future',
      "3: status is 'perhaps', which is on neither list of words: write one such as success or failed, or add it to jobs.compliance-drift.settings.evidence_words",
    ]);
  });

  it('names the rules that match nothing, and refuses keys that no rule reads', async () => {
    const database = await ready();
    await sql`insert into security_activity (name) values ('Backup')`.execute(database.db);
    const rule = (criteria: string) =>
      `framework,control_id,name,target_model,criteria\nISO,A.5.1,R,ActivityExecution,"${criteria.replaceAll('"', '""')}"\n`;
    expect((await run(database, rules, rule('{"activity_name":"Backp"}'))).notes).toEqual([
      "Rule 'R' of A.5.1 matches nothing: there is no activity 'Backp'; did you mean 'Backup'?",
    ]);
    expect((await run(database, rules, rule('{"activity_name":"Backup"}'))).notes).toEqual([]);
    expect(await problemsOf(run(database, rules, rule('{"activity_name":"Backup","x":1}')))).toEqual([
      '2: criteria has the unknown key "x": known are method, value, activity_name',
    ]);
  });

  it('reports rules whose control or criteria cannot be right', async () => {
    const database = await ready();
    await framework(database, 'Twice', ['T-1', 'T-1']);
    const found = await problemsOf(
      run(
        database,
        rules,
        `framework,control_id,name,target_model,criteria,frequency_days
IS0,A.5.1,R,RiskAssessment,,
ISO,A.9.9,R,RiskAssessment,,
Twice,T-1,R,RiskAssessment,,
,A.5.1,R,RiskAssessment,,
ISO,A.5.1,R,RiskAssesment,,0
ISO,A.5.1,S,ActivityExecution,{},
ISO,A.5.2,S,RiskAssessment,,
ISO,A.5.2,S,RiskAssessment,,
`,
      ),
    );
    expect(found).toEqual([
      "2: there is no framework 'IS0': did you mean 'ISO'?",
      "3: framework 'ISO' has no control 'A.9.9'",
      "4: the framework has 2 controls 'T-1': rename or delete all but one in OpsDeck",
      '5: framework is empty: fill the column or give --framework NAME',
      "6: target_model is 'RiskAssesment': did you mean RiskAssessment?",
      "6: frequency_days is '0': write a whole number from 1 to 36525",
      '7: criteria lacks "value" or "activity_name"',
      "9: rule 'S' of this control is already in line 8",
    ]);
  });

  it('reports links and people that repeat each other', async () => {
    const database = await ready();
    expect(
      await problemsOf(
        run(
          database,
          links,
          'framework,control_id,linkable_type,linkable_id,description\nISO,A.5.1,Course,7,One\nISO,A.5.1,Course,7,Two\nISO,A.5.1,Course,0,\n',
        ),
      ),
    ).toEqual(["3: the link of this control to 'Course 7' is already in line 2", '4: description is empty']);
    await sql`
      insert into supplier (id, name, is_archived) values (7, 'Acme', false), (8, 'Twin', false), (9, 'Twin', false)`.execute(
      database.db,
    );
    const named = ['Supplier,7', 'Supplier,acme', 'Supplier,70', 'Supplier,Acne', 'Supplier,Twin', 'Course,X']
      .map((thing) => `ISO,A.5.1,${thing},Why`)
      .join('\n');
    expect(
      await problemsOf(
        run(database, links, `framework,control_id,linkable_type,linkable_id,description\n${named}\n`),
      ),
    ).toEqual([
      "3: the link of this control to 'Supplier acme' is already in line 2",
      "4: there is no 'Supplier 70' in this database",
      "5: there is no 'Supplier Acne' in this database",
      "6: 2 things are meant by 'Supplier Twin': write the number of one",
      "7: there is no 'Course X' in this database",
    ]);
    await sql`
      insert into "user" (name, email, is_archived, hide_from_org_chart)
      values ('A', 'a@x.org', false, false), ('B', 'A@x.org', false, false)`.execute(database.db);
    expect(
      await problemsOf(run(database, users, 'email,name,role\na@x.org,A,\nb@x.org,B,Admin\nB@x.org,B,\n')),
    ).toEqual([
      "2: the database has 2 users with the e-mail 'a@x.org' in different letter case: keep one of them",
      "3: role is 'Admin': roles are compared by exact spelling, write it in small letters",
    ]);
  });

  it('shows the first hundred problems by line and counts all, wherever they were found', async () => {
    const database = await ready();
    const lines = Array.from(
      { length: 300 },
      (_, index) => `${index % 2 === 0 ? 'gone@x.org' : 'no address'},x`,
    );
    const csv = `executor_email,activity,execution_date,status\n${lines.map((line) => `${line},2024-01-01,done`).join('\n')}\n`;
    const error: unknown = await run(database, activities, csv).catch((thrown: unknown) => thrown);
    // 150 wrong cells, 150 unknown people, and all but one of those the same execution.
    expect(error).toMatchObject({ problemCount: 449, exitCode: 2 });
    expect(error).toMatchObject({
      message: 'input.csv has 449 problems; nothing was written.',
      problems: { length: 100, 0: { line: 2 }, 99: { line: 68 } },
    });
  });

  it('finds nothing to import in a header alone', async () => {
    const database = await ready();
    await expect(run(database, users, 'email,name\n')).rejects.toMatchObject({
      code: 'file_without_rows',
      exitCode: 2,
    });
  });

  it('keeps who imported what', async () => {
    const database = await ready();
    await run(database, users, people);
    const { rows } = await sql`select at, actor, action, subject, after from opsdeck_jobs.action_log`.execute(
      database.db,
    );
    expect(rows).toEqual([
      {
        at: new Date('2024-05-06T07:08:09Z'),
        actor: 'os:ana@host',
        action: 'import.users',
        subject: 'file:input.csv',
        after: { rows: 2, added: 2, changed: 0 },
      },
    ]);
  });

  it('a large file takes as many statements as a small one', async () => {
    const database = await ready();
    const counted = async (rows: number): Promise<number> => {
      let statements = 0;
      const counter: KyselyPlugin = {
        transformQuery: ({ node }) => {
          statements += 1;
          return node;
        },
        transformResult: async ({ result }) => result,
      };
      const lines = Array.from(
        { length: rows },
        (_, index) => `p${rows}-${index}@x.org,Person ${index},"Notes\n${index}"\n`,
      );
      const content = `email,name,department\n${lines.join('')}`;
      const result = await run({ ...database, db: database.db.withPlugin(counter) }, users, content);
      expect(result).toMatchObject({ rows, added: rows });
      return statements;
    };
    expect(await counted(harness.kind === 'postgres' ? 100_000 : 20_000)).toBe(await counted(3));
  }, 180_000);
});

onPostgres((harness) => {
  it.each(samples.slice(1))('two imports of %s at once add nothing twice', async (_, importSample, rows) => {
    const database = await harness.fresh();
    await framework(database, 'ISO', ['A.5.1', 'A.5.2']);
    await run(database, users, people);
    const other = await harness.second(database);
    const results = await Promise.all([importSample(database), importSample(other)]);
    expect(results.map(({ added }) => added).sort()).toEqual([0, rows]);
    expect(results.map(({ unchanged }) => unchanged).sort()).toEqual([0, rows]);
  });

  it('an import that waits for another one can be stopped', async () => {
    const database = await harness.fresh();
    const other = await harness.second(database);
    const controller = new AbortController();
    await other.db.transaction().execute(async (trx) => {
      await lockImports(trx);
      const waiting = run(database, users, people, { signal: controller.signal });
      await vi.waitFor(async () => {
        const { rows } = await sql`select from pg_locks where locktype = 'advisory' and not granted`.execute(
          trx,
        );
        expect(rows).toHaveLength(1);
      }, 180_000);
      controller.abort();
      await expect(waiting).rejects.toMatchObject({ code: 'statement_cancelled' });
    });
    expect(await database.db.selectFrom('user').select('id').execute()).toEqual([]);
  });
});
