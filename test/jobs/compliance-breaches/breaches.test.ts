import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import complianceBreaches from '../../../jobs/compliance-breaches/job.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import type { RunEnvironment } from '../../../src/job/run-environment.ts';
import { runManually } from '../../../src/job/run-manually.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import { mailPeer } from '../../notify/channels/mail-peer.ts';
import { onEachDatabase, onOpsdeck } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { testEnvironment } from '../../support/runner.ts';
import { outboxFor } from '../communications/outbox.ts';
import { newWorld, type World } from '../compliance-drift/world.ts';

/** The JSON of a run, key by key. */
const resultShape = z.strictObject({
  today: z.string(),
  rules: z.int(),
  breaches: z.int(),
  unknown: z.int(),
  alerted: z.int(),
  alerted_before: z.int(),
  named_elsewhere: z.int(),
  ended: z.int(),
  messages_queued: z.int(),
  without_recipient: z.int(),
  due: z.array(
    z.strictObject({
      rule_id: z.int(),
      rule: z.string(),
      framework: z.string(),
      control_id: z.string(),
      since: z.string().nullable(),
      why: z.enum(['new', 'repeated']),
      remedy: z.string(),
    }),
  ),
  notes: z.array(z.string()),
});

interface RunOptions {
  readonly dryRun?: boolean;
  readonly allowEmpty?: boolean;
  readonly drift?: JsonObject;
  readonly environment?: Partial<RunEnvironment>;
}

function run(
  database: OpenDatabase,
  { dryRun = false, allowEmpty = false, drift, environment }: RunOptions = {},
) {
  const jobConfigs = {
    'compliance-breaches': { settings: { repeat: '7d' }, params: {} },
    ...(drift === undefined ? {} : { 'compliance-drift': { settings: drift, params: {} } }),
  };
  return runManually(testEnvironment(database, [complianceBreaches], { jobConfigs, ...environment }), {
    ...{ definition: complianceBreaches, params: {}, dryRun, allowEmpty },
    ...{ timeoutMs: undefined, waitMs: 0, ignorePause: false },
  });
}

async function succeeded(database: OpenDatabase, options: RunOptions = {}) {
  const outcome = await run(database, options);
  if (outcome.status !== 'succeeded') throw new Error(`${outcome.status}: ${JSON.stringify(outcome.fault)}`);
  return resultShape.parse(outcome.result);
}

/** What is due, as `control why`. */
const dueOf = ({ due }: z.output<typeof resultShape>) => due.map((one) => `${one.control_id} ${one.why}`);

async function written(database: OpenDatabase) {
  const { rows } = await sql`
    select (select count(*)::int from opsdeck_jobs.message) as messages,
           (select count(*)::int from scheduled_communication) as communications,
           (select count(*)::int from opsdeck_jobs.compliance_breach) as breaches`.execute(database.db);
  return rows[0];
}

async function messages(database: OpenDatabase) {
  const { rows } = await sql<{ destination: string; context: JsonObject }>`
    select destination, context from opsdeck_jobs.message where event_code = 'COMPLIANCE_BREACH' order by communication_id`.execute(
    database.db,
  );
  return rows;
}

/** 09:30 in Madrid on a day, summer or winter. */
function morning(world: World, day: string) {
  world.clock.set(`${day}T${day >= '2026-03-29' && day < '2026-10-25' ? '07' : '08'}:30:00Z`);
}

onEachDatabase((harness) => {
  it('alerts about every rule that is not met in one message, the worst first, and again after seven calendar days', async () => {
    const world = await newWorld(harness);
    const { database } = world;
    const framework = await world.framework('ISO');
    await world.activityRule(await world.control(framework, 'A.1'), '2026-01-20');
    await world.activityRule(await world.control(framework, 'A.2'));
    await world.activityRule(await world.control(framework, 'A.3'), '2026-03-20');
    await world.activityRule(await world.control(framework, 'A.4'), '2026-02-20', { grace: 60 });
    await world.activityRule(await world.control(framework, 'A.5'), undefined, { enabled: false });
    await world.activityRule(await world.control(framework, 'A.6', false));
    const unknown = await world.control(framework, 'A.7');
    await world.rule(unknown, { criteria: '{' });
    await world.activityRule(await world.control(await world.framework('Old', false), 'X'));

    morning(world, '2026-03-24');
    const planned = await succeeded(world.runner, { dryRun: true });
    expect(planned).toMatchObject({ messages_queued: 1, alerted: 2 });
    expect(await written(database)).toEqual({ messages: 0, communications: 0, breaches: 0 });

    const first = await succeeded(world.runner);
    expect(first).toMatchObject({ rules: 5, breaches: 2, unknown: 1, alerted: 2, messages_queued: 1 });
    expect(dueOf(first)).toEqual(['A.2 new', 'A.1 new']);
    expect(first.due).toMatchObject([{ since: null }, { since: '2026-02-27' }]);
    const [message] = await messages(database);
    expect(message).toMatchObject({
      destination: 'ada@example.org',
      context: {
        total: 2,
        fresh: 2,
        repeated: 0,
        control_id: 'A.2',
        days_overdue: 'N/A',
        last_evidence_date: null,
      },
    });

    morning(world, '2026-03-30');
    expect(await succeeded(world.runner)).toMatchObject({
      alerted: 0,
      alerted_before: 2,
      messages_queued: 0,
    });
    // An hour less than seven times 24 hours, and a rule that is new.
    morning(world, '2026-03-31');
    await world.activityRule(await world.control(framework, 'A.8'));
    const again = await succeeded(world.runner);
    expect(dueOf(again)).toEqual(['A.2 repeated', 'A.8 new', 'A.1 repeated']);
    expect((await messages(database)).map(({ context }) => context['repeated'])).toEqual([0, 2]);
    // Late by two days: once, and the next seven days count from there.
    morning(world, '2026-04-09');
    expect(await succeeded(world.runner)).toMatchObject({ alerted: 3, messages_queued: 1 });
    morning(world, '2026-04-14');
    expect(await succeeded(world.runner)).toMatchObject({ alerted: 0, alerted_before: 3 });
  });

  it('replaces an alert that was too old by the rules that are not met now, which then wait for seven days; one that is met is left out', async () => {
    const world = await newWorld(harness);
    const { database } = world;
    const framework = await world.framework('ISO');
    await world.activityRule(await world.control(framework, 'A.1'), '2026-01-20');
    const met = await world.activityRule(await world.control(framework, 'A.2'));
    morning(world, '2026-03-24');
    expect(await succeeded(world.runner)).toMatchObject({ alerted: 2, messages_queued: 1 });
    morning(world, '2026-03-30');
    await world.execution(met.activity, '2026-03-29');
    const peer = await mailPeer({});
    const outbox = outboxFor(database, peer.port);
    expect(await outbox.deliver()).toMatchObject({ renewed: { replaced: 1, obsolete: 0 }, sent: 1 });
    expect(await outbox.deliver()).toMatchObject({ renewed: { replaced: 0, obsolete: 0 }, sent: 0 });
    const contexts = (await messages(database)).map(({ context }) => context);
    expect(contexts).toMatchObject([
      { total: 2 },
      { total: 1, fresh: 1, control_id: 'A.1', rows: [{ control_id: 'A.1', alert: 1 }] },
    ]);
    expect(peer.mails.map(({ to }) => to)).toEqual([['ada@example.org']]);
    expect(await succeeded(world.runner)).toMatchObject({ alerted: 0, alerted_before: 1 });
    morning(world, '2026-04-05');
    expect(await succeeded(world.runner)).toMatchObject({ alerted: 0 });
    morning(world, '2026-04-06');
    expect(dueOf(await succeeded(world.runner))).toEqual(['A.1 repeated']);

    // All is met when the repeated alert is too old.
    morning(world, '2026-04-12');
    await sql`update activity_execution set execution_date = '2026-04-11'`.execute(database.db);
    expect(await outbox.deliver()).toMatchObject({ renewed: { replaced: 0, obsolete: 1 }, sent: 0 });
  });

  it('alerts at once when the rule was met in between: a run saw it, or the evidence has the date', async () => {
    const world = await newWorld(harness);
    const { database } = world;
    const framework = await world.framework('ISO');
    const seen = await world.activityRule(await world.control(framework, 'A.1'), '2026-03-01', {
      frequency: 1,
      grace: 0,
    });
    const dated = await world.activityRule(await world.control(framework, 'A.2'), '2026-03-01', {
      frequency: 1,
      grace: 0,
    });
    const late = await world.activityRule(await world.control(framework, 'A.3'), '2026-03-01', {
      frequency: 1,
      grace: 0,
    });
    const removed = await world.activityRule(await world.control(framework, 'A.4'));
    morning(world, '2026-03-10');
    expect(await succeeded(world.runner)).toMatchObject({ alerted: 4 });

    morning(world, '2026-03-11');
    const evidence = await world.execution(seen.activity, '2026-03-11');
    await sql`delete from compliance_rule where id = ${removed.rule}`.execute(database.db);
    expect(await succeeded(world.runner)).toMatchObject({ alerted: 0, alerted_before: 2, ended: 2 });
    await sql`delete from activity_execution where id = ${evidence}`.execute(database.db);

    // Evidence of days without a run. What is older than the alert leaves the breach as it was.
    await world.execution(dated.activity, '2026-03-12');
    await world.execution(late.activity, '2026-03-04');
    morning(world, '2026-03-14');
    const again = await succeeded(world.runner);
    expect(dueOf(again)).toEqual(['A.1 new', 'A.2 new']);
    expect(again.alerted_before).toBe(1);
  });

  it('leaves out what a drift alert listed as non-compliant in the last 24 hours, and alerts about it afterwards', async () => {
    const world = await newWorld(harness);
    const framework = await world.framework('ISO');
    await world.activityRule(await world.control(framework, 'A.1'), '2026-02-02');
    const worse = await world.activityRule(await world.control(framework, 'A.2'), '2026-02-02');
    await world.run();
    world.clock.set('2026-03-16T08:00:00Z');
    expect((await world.run()).outcome.result).toMatchObject({ messages_queued: 1 });
    await world.activityRule(await world.control(framework, 'A.3'));

    morning(world, '2026-03-16');
    const first = await succeeded(world.runner);
    expect(first).toMatchObject({ breaches: 3, named_elsewhere: 2 });
    expect(dueOf(first)).toEqual(['A.3 new']);
    world.clock.set('2026-03-17T08:00:00Z');
    const after = await succeeded(world.runner);
    expect(after).toMatchObject({ alerted_before: 1, named_elsewhere: 0 });
    expect(after.due.map(({ rule_id }) => rule_id)).toContain(worse.rule);
  });

  it('evaluates with the settings of compliance-drift', async () => {
    const world = await newWorld(harness);
    const control = await world.control(await world.framework('ISO'), 'A.1');
    const { activity } = await world.activityRule(control);
    await world.execution(activity, '2026-03-09', 'Abgehakt');
    expect(await succeeded(world.runner)).toMatchObject({ breaches: 0, unknown: 1 });
    const drift = { evidence_words: { ActivityExecution: { done: [], not_done: ['Abgehakt'] } } };
    expect(await succeeded(world.runner, { drift })).toMatchObject({ breaches: 1, unknown: 0 });
  });

  it('fails without a recipient, records nothing then, and alerts when somebody can be', async () => {
    const world = await newWorld(harness);
    const { database } = world;
    const { db } = database;
    await world.activityRule(await world.control(await world.framework('ISO'), 'A.1'));
    await sql`update "user" set email = ''`.execute(db);
    const failed = await run(world.runner);
    expect(failed).toMatchObject({
      status: 'failed',
      exitCode: 1,
      fault: { code: 'no_recipient', message: expect.stringContaining('1 rule is not met') },
      result: { without_recipient: 1, messages_queued: 0 },
    });
    expect(await written(database)).toMatchObject({ breaches: 0 });

    await sql`insert into notification_setting (email_enabled, email_recipient, webhook_enabled) values (false, 'it@example.org', false)`.execute(
      db,
    );
    await sql`update notification_event set enabled = false where event_code = 'COMPLIANCE_BREACH'`.execute(
      db,
    );
    const silent = await succeeded(world.runner);
    expect(silent).toMatchObject({
      alerted: 0,
      messages_queued: 0,
      notes: [expect.stringContaining('switched off')],
    });
    await sql`update notification_event set enabled = true`.execute(db);
    expect(await succeeded(world.runner)).toMatchObject({ alerted: 1 });
    expect(await messages(database)).toMatchObject([{ destination: 'it@example.org' }]);

    // Of those whom the configuration names the administrators read commands, and the others whom to ask.
    const recipients = ['audit@example.org', 'Ops@example.org'].map((email) => ({
      kind: 'address' as const,
      email,
    }));
    const notifications = new Map([['COMPLIANCE_BREACH', { recipients }]]);
    await sql`insert into "user" (name, email, role, is_archived, hide_from_org_chart)
              values ('Ops', 'ops@example.org', 'admin', false, false)`.execute(db);
    world.clock.advance(8 * 86_400_000);
    const environment = testEnvironment(database, [complianceBreaches], {
      jobConfigs: { 'compliance-breaches': { settings: { repeat: '7d' }, params: {} } },
    });
    await succeeded(world.runner, { environment: { config: { ...environment.config, notifications } } });
    const readers = (await messages(database))
      .slice(1)
      .map(({ destination, context }) => [destination, context['administrator'], context['ask']]);
    const ask = 'Ops (ops@example.org)';
    expect(readers.sort()).toEqual([
      ['audit@example.org', false, ask],
      ['ops@example.org', true, ask],
    ]);
  });

  it('alerts again when no message of the alert was sent for good, and not when one was', async () => {
    const world = await newWorld(harness);
    const { database } = world;
    await sql`insert into "user" (name, email, role, is_archived, hide_from_org_chart)
              values ('Bo', 'bo@example.org', 'admin', false, false)`.execute(database.db);
    await world.activityRule(await world.control(await world.framework('ISO'), 'A.1'));
    expect(await succeeded(world.runner)).toMatchObject({ messages_queued: 2 });
    const fail = (email: string) =>
      sql`update opsdeck_jobs.message set state = 'failed' where destination = ${email}`.execute(database.db);
    await fail('ada@example.org');
    expect(await succeeded(world.runner)).toMatchObject({ messages_queued: 0, alerted_before: 1 });
    await fail('bo@example.org');
    expect(await succeeded(world.runner)).toMatchObject({ messages_queued: 2, alerted: 1 });
  });

  it('writes all or nothing: a run that ends in the middle leaves no message, and the next one alerts', async () => {
    const world = await newWorld(harness);
    const { database } = world;
    await world.activityRule(await world.control(await world.framework('ISO'), 'A.1'));
    await sql`alter table opsdeck_jobs.compliance_breach add constraint no_more check (alerts < 1)`.execute(
      database.db,
    );
    expect(await run(world.runner)).toMatchObject({ status: 'failed' });
    expect(await written(database)).toMatchObject({ messages: 0, communications: 0, breaches: 0 });
    await sql`alter table opsdeck_jobs.compliance_breach drop constraint no_more`.execute(database.db);
    const both = await Promise.all([run(world.runner), run(world.runner)]);
    expect(both.map(({ status }) => status)).toContain('succeeded');
    expect(await messages(database)).toHaveLength(1);
  });

  it('fails where there is no rule to evaluate', async () => {
    const world = await newWorld(harness);
    await world.control(await world.framework('ISO'), 'A.1');
    expect(await run(world.runner)).toMatchObject({ fault: { code: 'nothing_to_evaluate' } });
    expect(await succeeded(world.runner, { allowEmpty: true })).toMatchObject({ rules: 0 });
  });
});

onOpsdeck((harness) => {
  it("alerts OpsDeck's recipient with a template of its own, and leaves out what OpsDeck queued itself", async () => {
    const clock = fakeClock('2026-03-02T09:30:00Z');
    const database = await harness.fresh({ company: true, clock });
    await sql`
      insert into compliance_rule (framework_control_id, name, target_model, criteria, frequency_days, grace_period_days, enabled)
      values (3, 'Nobody does this', 'Campaign', '{"method": "tag_match", "tags": ["never"]}', 30, 7, true)`.execute(
      database.db,
    );
    const first = await succeeded(database, { dryRun: true });
    expect(first.breaches).toBeGreaterThan(1);
    const [worst] = first.due;
    await sql`
      insert into scheduled_communication (status, scheduled_date, target_type, target_id, channel, created_at)
      values ('pending', '2026-03-02', 'compliance_rule', ${worst?.rule_id ?? 0}, 'email', timestamptz '2026-03-01 20:00Z'::timestamp)`.execute(
      database.db,
    );
    const second = await succeeded(database);
    expect(second).toMatchObject({
      named_elsewhere: 1,
      breaches: first.breaches,
      alerted: first.alerted - 1,
    });
    const { rows } = await sql`
      select c.recipient_email, c.recipient_name, c.target_type, t.name as template
        from opsdeck_jobs.message m join scheduled_communication c on c.id = m.communication_id
        join email_template t on t.id = c.template_id where m.job = 'compliance-breaches'`.execute(
      database.db,
    );
    expect(rows).toEqual([
      {
        recipient_email: 'it@harbourlane.example',
        recipient_name: 'Admin',
        target_type: 'compliance_rule',
        template: 'Compliance Alert - Rules Not Met',
      },
    ]);
  });
});

describe('the setting', () => {
  it.each(['1d', '7d', '2w'])('repeat takes whole days: %s', (repeat) => {
    expect(complianceBreaches.settings.safeParse({ repeat }).success).toBe(true);
  });
  it.each(['0d', '12h', '1.5d', 'weekly', ''])('repeat refuses %s', (repeat) => {
    expect(complianceBreaches.settings.safeParse({ repeat }).success).toBe(false);
  });
});
