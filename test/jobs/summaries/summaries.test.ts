import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { jobs } from '../../../jobs/index.ts';
import summaries from '../../../jobs/summaries/job.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { runManually } from '../../../src/job/run-manually.ts';
import { readStatus } from '../../../src/status/read-status.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import { type DatabaseHarness, onEachDatabase } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { holdAndRenew } from '../../support/hold-and-renew.ts';
import { testEnvironment } from '../../support/runner.ts';

async function run(database: OpenDatabase, dryRun = false) {
  return runManually(testEnvironment(database, jobs), {
    ...{ definition: summaries, params: {}, dryRun, allowEmpty: false },
    ...{ timeoutMs: undefined, waitMs: 0, ignorePause: false },
  });
}

/** What became of the month and of the week. */
async function statesOf(database: OpenDatabase, dryRun = false) {
  const { status, fault, result } = await run(database, dryRun);
  if (status !== 'succeeded') throw new Error(`${status}: ${JSON.stringify(fault)}`);
  return result;
}

const states = (month: string, week: string) => ({ summaries: [{ state: month }, { state: week }] });

interface Queued {
  readonly key: string;
  readonly to: string;
  readonly state: string;
  readonly head: number | null;
  readonly context: JsonObject;
}

async function messages({ db }: OpenDatabase): Promise<readonly Queued[]> {
  const { rows } = await sql<Queued>`
    select dedupe_key as key, destination as to, state, record_head as head, context
      from opsdeck_jobs.message where job = 'summaries' order by dedupe_key, destination`.execute(db);
  return rows;
}

const keysOf = async (database: OpenDatabase) =>
  (await messages(database)).map(({ key, to }) => `${key} ${to}`);

async function addAdmin({ db }: OpenDatabase, name: string): Promise<void> {
  await sql`insert into "user" (name, email, role, is_archived, hide_from_org_chart)
            values (${name}, ${`${name}@example.org`}, 'admin', false, false)`.execute(db);
}

async function world(harness: DatabaseHarness, instant: string) {
  const clock = fakeClock(instant);
  const database = await harness.fresh({ clock });
  await addAdmin(database, 'ada');
  return { clock, database };
}

onEachDatabase((harness) => {
  it('of a month that begins on a Saturday the overview goes out on the Monday, once, and so does the summary of each week', async () => {
    const { clock, database } = await world(harness, '2026-08-01T05:45:00Z');
    // A late start: nothing was sent on the Monday of this week.
    expect(await statesOf(database)).toMatchObject(states('not_due', 'queued'));
    clock.set('2026-08-02T05:45:00Z');
    expect(await statesOf(database)).toMatchObject(states('not_due', 'queued_before'));

    clock.set('2026-08-03T05:45:00Z');
    expect(await statesOf(database, true)).toMatchObject({
      ...states('queued', 'queued'),
      messages_queued: 2,
    });
    expect(await messages(database)).toHaveLength(1);
    const both = await Promise.all([run(database), run(database)]);
    expect(both.map(({ status }) => status)).toContain('succeeded');
    const sent = ['MONTHLY_OVERVIEW:2026-07', 'WEEKLY_SUMMARY:2026-07-27', 'WEEKLY_SUMMARY:2026-08-03'];
    expect(await keysOf(database)).toEqual(sent.map((key) => `${key} ada@example.org`));
    expect((await messages(database)).every(({ head }) => head !== null)).toBe(true);

    // Whoever comes later gets the next ones.
    await addAdmin(database, 'bo');
    clock.set('2026-08-04T05:45:00Z');
    expect(await statesOf(database)).toMatchObject(states('queued_before', 'queued_before'));
    expect(await messages(database)).toHaveLength(3);
  });

  it('the week begins at midnight of the zone, also after the clocks changed, and a month whose first day was missed is sent once', async () => {
    const { clock, database } = await world(harness, '2026-10-25T22:30:00Z');
    expect(await statesOf(database)).toMatchObject({
      today: '2026-10-25',
      summaries: [
        { about: '2026-09', due_on: '2026-10-01', state: 'queued' },
        { about: '2026-10-19', state: 'queued' },
      ],
    });
    clock.set('2026-10-25T23:05:00Z');
    expect(await statesOf(database)).toMatchObject({
      today: '2026-10-26',
      summaries: [{ state: 'queued_before' }, { about: '2026-10-26', state: 'queued' }],
    });
    expect(await messages(database)).toHaveLength(3);
  });

  it('states whether all jobs ran in the week before, and lists what `status` does', async () => {
    const { clock, database } = await world(harness, '2026-11-02T06:45:00Z');
    const firing = (job: string, status: string, at: string) =>
      sql`insert into opsdeck_jobs.job_run (job, status, trigger, scheduled_for, started_at, finished_at, params, runner, program_version)
          values (${job}, ${status}, 'schedule', ${at}, ${at}, ${at}, '{}', 'h:1', '1')`.execute(database.db);
    await firing('uar', 'succeeded', '2026-10-25 23:00Z');
    await statesOf(database);
    const [month, first] = await messages(database);
    expect(month?.context).toMatchObject({ month: '2026-10', not_checked: [] });
    expect(month?.context['answer']).toMatch(/6 of 6 subjects checked\.$/);
    expect(first?.context).toMatchObject({ ran: 'all jobs ran', week: '2026-10-26 to 2026-11-01' });

    clock.set('2026-11-09T06:45:00Z');
    await firing('data-retention', 'failed', '2026-11-08 03:00Z');
    await firing('uar', 'succeeded', '2026-11-08 22:59Z');
    await firing('uar', 'failed', '2026-11-08 23:00Z');
    const scope = { ...testEnvironment(database, jobs), brokenJobs: [] };
    const { matters } = await readStatus(scope);
    expect(matters.map(({ about }) => about)).toEqual(expect.arrayContaining(['data-retention', 'uar']));
    await statesOf(database);
    const last = (await messages(database)).at(-1);
    expect(last).toMatchObject({
      key: 'WEEKLY_SUMMARY:2026-11-09',
      context: {
        ran: 'not all jobs ran',
        waits: `${matters.length} matters wait for you`,
        checked: '11 jobs, messages, runners and the data of 7 jobs',
        rows: matters.map(({ severity, about, what, next }) => ({ severity, about, what, next })),
      },
    });
    expect(last?.context['troubles']).toContain('1 run failed: data-retention.');
  });

  it('fails without a recipient, keeps it due, and sends nothing of an event that is switched off', async () => {
    const { database } = await world(harness, '2026-11-03T06:45:00Z');
    await sql`update "user" set email = ''`.execute(database.db);
    expect(await run(database)).toMatchObject({
      ...{ status: 'failed', exitCode: 1 },
      fault: { code: 'no_recipient', message: expect.stringContaining('MONTHLY_OVERVIEW of 2026-10') },
      result: { ...states('without_recipient', 'without_recipient'), messages_queued: 0 },
    });
    expect(await messages(database)).toEqual([]);
    await addAdmin(database, 'bo');
    await sql`update notification_event set enabled = false where event_code = 'WEEKLY_SUMMARY'`.execute(
      database.db,
    );
    expect(await statesOf(database)).toMatchObject({
      ...states('queued', 'not_queued'),
      notes: expect.arrayContaining([expect.stringContaining('switched off')]),
    });
    expect(await keysOf(database)).toEqual(['MONTHLY_OVERVIEW:2026-10 bo@example.org']);
    await sql`update notification_event set enabled = true`.execute(database.db);
    expect(await statesOf(database)).toMatchObject(states('queued_before', 'queued'));
    // Its own failure has ended: whoever reads the message can see that.
    const rows = z.array(z.looseObject({ about: z.string() }));
    const about = rows.parse((await messages(database)).at(-1)?.context['rows']).map((row) => row.about);
    expect(about).not.toContain('summaries');
  });

  it('what cannot be read is named in the summaries, and one that cannot be written keeps back no other', async () => {
    const { database } = await world(harness, '2026-11-03T06:45:00Z');
    const { db } = database;
    const renamed = (table: string, to: string) =>
      sql.raw(`alter table ${table} rename to ${to}`).execute(db);
    await renamed('uar_finding', 'finding_for_test');
    await sql`create view uar_finding as
      select f.* from jsonb_populate_record(null::finding_for_test, '{"id": 1, "status": "open"}') f
       where 1 / (f.id - 1) = 0`.execute(db);
    await renamed('opsdeck_jobs.run_day', 'day_for_test');
    expect(await run(database)).toMatchObject({
      ...{ status: 'failed', exitCode: 1 },
      fault: {
        code: 'summary_failed',
        message: expect.stringMatching(/^WEEKLY_SUMMARY of 2026-11-02 could not be written: .*run_day/),
      },
      result: states('queued', 'failed'),
    });
    const [month, ...others] = await messages(database);
    expect(others).toEqual([]);
    expect(month?.context['not_checked']).toEqual(['Access reviews', 'Jobs']);

    await renamed('opsdeck_jobs.day_for_test', 'run_day');
    expect(await statesOf(database)).toMatchObject(states('queued_before', 'queued'));
    const rows = z.array(z.looseObject({ about: z.string(), what: z.string() }));
    const week = (await messages(database)).at(-1);
    expect(rows.parse(week?.context['rows'])).toContainEqual(
      expect.objectContaining({ about: 'uar', what: 'not checked: division by zero' }),
    );
  });

  it('what was too old to be sent goes out in its own month and week, and later no more', async () => {
    const { clock, database } = await world(harness, '2026-11-02T06:45:00Z');
    await statesOf(database);
    clock.set('2026-11-05T06:45:00Z');
    expect(await holdAndRenew(database, summaries)).toEqual({ replaced: 0, obsolete: 0 });
    expect((await messages(database)).map(({ state }) => state)).toEqual(['queued', 'queued']);
    clock.set('2026-11-09T06:45:00Z');
    expect(await holdAndRenew(database, summaries)).toEqual({ replaced: 0, obsolete: 1 });
    clock.set('2026-12-01T06:45:00Z');
    expect(await holdAndRenew(database, summaries)).toEqual({ replaced: 0, obsolete: 1 });
  });
});
