import { type KyselyPlugin, sql } from 'kysely';
import { expect, it } from 'vitest';
import { reportOverview } from '../../../jobs/summaries/commands/report-overview.action.ts';
import { comparedMonths } from '../../../jobs/summaries/overview/month.ts';
import { overviewPage } from '../../../jobs/summaries/overview/present.ts';
import { readOverview } from '../../../jobs/summaries/overview/read.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { commandLine } from '../../support/command-line.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const zones = { business: 'Europe/Madrid', stored: 'UTC' };

/** Two months of history: more went wrong in October than in September. */
async function fill({ db }: OpenDatabase): Promise<void> {
  const statements = [
    `insert into framework (id, name, is_custom, is_active) values (1, 'ISO', false, true), (2, 'Old', false, false)`,
    `insert into opsdeck_jobs.drift_snapshot
       (audit_id, run_id, taken_at, evaluator_version, content_hash, previous_hash, chain_hash)
     select n, gen_random_uuid(), at::timestamptz, 1, decode(repeat('00', 32), 'hex'), decode(repeat(n::text, 64), 'hex'), decode(repeat((n + 1)::text, 64), 'hex')
       from (values (1, '2026-09-14 09:00Z'), (2, '2026-10-26 09:00Z'), (3, '2026-11-09 09:00Z')) as s (n, at)`,
    `insert into opsdeck_jobs.drift_snapshot_framework (audit_id, framework_id, framework_name, controls, status)
     select s.n, f.id, f.name, 10, json_build_object('compliant', s.good, 'manual', 1, 'warning', 8 - s.good, 'not_applicable', 1)
       from (values (1, 6), (2, 4), (3, 7)) as s (n, good) cross join framework f`,
    `insert into opsdeck_jobs.drift_event
       (audit_id, detected_at, framework_id, framework_name, framework_control_id, control_id, control_name, class, severity, cause, detail, flapping)
     select 2, '2026-10-26 09:00Z', 1, 'ISO', n, 'A.' || n, 'A', case when n < 4 then 'regression' else 'improvement' end,
            case when n < 2 then 'critical' when n < 4 then 'medium' end, 'evidence_expired', '{}', false
       from generate_series(1, 5) n`,
    `insert into opsdeck_jobs.control_action
       (framework_control_id, framework_name, control_id, cause, action, due, actor, actor_user_id, entered_by, created_at)
     values (1, 'ISO', 'A.1', 'c', 'a', '2026-10-15', 'ada@example.org', 1, 'os:t@h', '2026-10-01 08:00Z'),
            (1, 'ISO', 'A.2', 'c', 'a', '2026-10-31', 'ada@example.org', 1, 'os:t@h', '2026-10-01 08:00Z')`,
    `insert into opsdeck_jobs.job_run (job, status, trigger, scheduled_for, started_at, finished_at, params, runner, program_version, stands_for)
     select job, status, 'schedule', at::timestamptz, at::timestamptz, at::timestamptz, '{}', 'h:1', '1', stands_for::jsonb
       from (values ('uar', 'failed', '2026-10-05 08:00Z', null), ('uar', 'failed', '2026-10-31 22:59Z', null),
                    ('uar', 'failed', '2026-10-31 23:00Z', null), ('uar', 'timed_out', '2026-09-05 08:00Z', null),
                    ('deadlines', 'missed', '2026-10-06 08:00Z', '{"count":4}'), ('uar', 'succeeded', '2026-10-07 08:00Z', null))
         as r (job, status, at, stands_for)`,
    `insert into opsdeck_jobs.run_day (job, day, runs) values ('uar', '2026-10-03', 96), ('uar', '2026-11-01', 5)`,
    `insert into subscription (name, subscription_type, renewal_date, cost, currency, is_archived, auto_renew, renewal_period_type, renewal_period_value)
     values ('Backup', 'saas', '2026-12-24', 120.5, 'EUR', false, false, 'yearly', 1)`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}

onEachDatabase((harness) => {
  const scopeOf = (database: OpenDatabase, month = '2026-10') => {
    const now = new Date('2026-11-10T08:00:00Z');
    return {
      ...{ db: database.db, now, zones, mode: database.mode, settingsOf: () => undefined },
      compared: comparedMonths(month, now, zones.business),
    };
  };

  it('counts a month beside the one before, in days of the zone, and what it read as of its end', async () => {
    const database = await harness.fresh({ clock: fakeClock('2026-11-10T08:00:00Z') });
    await fill(database);
    const overview = await readOverview(scopeOf(database));
    expect(overview.sections.map(({ notChecked }) => notChecked)).toEqual(overview.sections.map(() => null));
    const of = (what: string) => {
      const line = overview.sections.flatMap(({ lines }) => lines).find((one) => one.what === what);
      return [line?.value, line?.of ?? null, line?.before, line?.detail];
    };
    expect(of('controls met')).toEqual([5, 9, 7, '']);
    expect(of('failing controls')).toEqual([4, null, 2, '']);
    expect(of('regressions')).toEqual([3, null, 0, '1 critical']);
    expect(of('improvements')).toEqual([2, null, 0, '']);
    // The one that is due on the last day of the month is not overdue on it.
    expect(of('overdue actions on controls')).toEqual([1, null, 0, 'A.1 (due 2026-10-15)']);
    expect(of('runs failed')).toEqual([2, null, 1, 'uar']);
    expect(of('runs succeeded')).toEqual([97, null, 0, '']);
    expect(of('scheduled runs missed')).toEqual([4, null, 0, 'deadlines']);
    expect(of('ends and renewals in all')).toEqual([1, null, null, '120.50 EUR']);
    const page = overviewPage(overview, zones.business);
    expect(page.answer?.text).toBe('5 matters to look at: 6 of 6 subjects checked.');
    expect(page.figures[0]).toMatchObject({ value: '5', of: 'of 9', change: '2 fewer than in 2026-09' });
  });

  it('needs as many statements with more data, and names a subject that cannot be read', async () => {
    const database = await harness.fresh({ clock: fakeClock('2026-11-10T08:00:00Z') });
    const count = async () => {
      let statements = 0;
      const counting: KyselyPlugin = {
        transformQuery: ({ node }) => {
          statements += 1;
          return node;
        },
        transformResult: async ({ result }) => result,
      };
      await readOverview({ ...scopeOf(database), db: database.db.withPlugin(counting) });
      return statements;
    };
    const empty = await readOverview(scopeOf(database));
    expect(empty.sections.map(({ lines }) => lines.some(({ lacking }) => lacking === true))).toEqual([
      ...[true, false, false, false, true, false],
    ]);
    await fill(database);
    const before = await count();
    await sql`
      insert into subscription (name, subscription_type, renewal_date, cost, currency, is_archived, auto_renew, renewal_period_type)
      select 'S ' || n, 'saas', '2026-12-01', 1, 'EUR', false, false, 'yearly' from generate_series(1, 500) n`.execute(
      database.db,
    );
    await sql`
      insert into opsdeck_jobs.run_day (job, day, runs) select 'j' || n, '2026-10-04', 1 from generate_series(1, 50) n`.execute(
      database.db,
    );
    expect(await count()).toBe(before);
    await sql`drop table uar_finding cascade`.execute(database.db);
    const { sections } = await readOverview(scopeOf(database));
    expect(sections.filter(({ notChecked }) => notChecked !== null)).toMatchObject([
      { title: 'Access reviews', notChecked: expect.stringContaining('uar_finding') },
    ]);
  });

  it('refuses a month that is none and one to come; every format has every number', async () => {
    const database = await harness.fresh({ clock: fakeClock('2026-11-10T08:00:00Z') });
    await fill(database);
    const run = commandLine(harness, database, { TIMEZONE: zones.business });
    const print = (format: 'text' | 'md' | 'csv' | 'json' | 'html') =>
      run((io) => reportOverview(io, {}, { month: '2026-10', format, output: '-' }));
    for (const format of ['text', 'md', 'csv', 'json', 'html'] as const) {
      const text = await print(format);
      for (const part of ['2026-10', 'A.1 (due 2026-10-15)', 'runs failed', '120.50 EUR'])
        expect(text).toContain(part);
    }
    const typed = (month: string) =>
      run((io) => reportOverview(io, {}, { month, format: 'text', output: '-' }));
    await expect(typed('2026-13')).rejects.toMatchObject({ code: 'usage', exitCode: 2 });
    await expect(typed('9998-01')).rejects.toMatchObject({ code: 'usage', exitCode: 2 });
  });
});
