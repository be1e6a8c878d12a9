import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { jobs } from '../../../jobs/index.ts';
import { peopleErase } from '../../../src/cli/actions/people-erase.ts';
import { runManually } from '../../../src/job/run-manually.ts';
import { partsOf } from '../../../src/record/parts.ts';
import { verifyHeads } from '../../../src/record/verify-heads.ts';
import { commandLine } from '../../support/command-line.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { testEnvironment, testJob } from '../../support/runner.ts';

const address = 'ana@example.org';
const rows = `
insert into opsdeck_jobs.action_log (actor, action, subject, after, note)
values ('Ana@example.org', 'job.pause', 'job:uar', '{"entered_by":"os:ana@ops"}', 'Holiday'),
       ('ben@example.org', 'job.resume', 'job:uar', null, 'Asked hanna@example.org, and ana@example.org.uk');
insert into opsdeck_jobs.uar_sign_off (execution_id, user_id, email, note, at, evidence_hash)
values (7, 1, 'ana@example.org', 'Read', now(), sha256('report'));
insert into opsdeck_jobs.uar_decision (finding_id, execution_id, decision, note, actor, actor_user_id, at)
values (3, 7, 'resolved', 'Left', 'ana@example.org', 1, now()), (4, 7, 'resolved', 'See ana@example.org.', 'ben@example.org', 2, now());
insert into opsdeck_jobs.control_attestation
  (framework_control_id, framework_name, control_id, result, reason, evidence, until, actor, actor_user_id, entered_by, created_at)
values (1, 'F', 'C', 'met', 'Read', 'T-1', '2027-01-01', 'ana@example.org', 1, 'os:ana@ops', now());
insert into opsdeck_jobs.message (communication_id, job, event_code, channel, destination, dedupe_key, context, created_at, due_at, state, finished_at)
values (101, 'expiry', 'X', 'email', 'ana@example.org', 'x:1:ana@example.org', '{"to":"Ana <ana@example.org>","n":1}', now(), now(), 'sent', now()),
       (102, 'expiry', 'X', 'email', 'hanna@example.org', 'x:1:hanna@example.org', '{}', now(), now(), 'sent', now());
insert into opsdeck_jobs.alert_ledger (item_kind, item_id, expiry_key, expires_on, destination, threshold, state, run_id, dedupe_key, recorded_at)
values ('license', 1, '2026-01-01', '2026-01-01', 'email:ana@example.org', 30, 'alerted', gen_random_uuid(), 'x:1', now());
insert into "user" (name, email, is_archived, hide_from_org_chart)
values ('Ana', 'ana@example.org', true, false), ('Ben', 'ben@example.org', false, false)`;

onEachDatabase((harness) => {
  it('removes an address with its salts, wherever it stands and nowhere else, and verify holds', async () => {
    const database = await harness.fresh();
    const { db } = database;
    for (const statement of rows.split(';\n')) await sql.raw(statement).execute(db);
    const job = testJob();
    await runManually(testEnvironment(database, [job], { jobs }), {
      ...{ definition: job, params: {}, dryRun: false, timeoutMs: undefined },
      ...{ waitMs: 0, ignorePause: false, allowEmpty: false },
    });
    const parts = partsOf(jobs);
    const before = await verifyHeads(db, parts, undefined);
    expect(before).toMatchObject({ rows: 7, erased: 0, findings: [] });
    const tell = commandLine(harness, database, {});
    const erase = (options: object, as = 'ben@example.org') =>
      tell((io) => peopleErase(io, {}, address, { reason: 'Request of 2 March', as, ...options }));

    await expect(erase({ yes: true }, 'ANA@example.org')).rejects.toMatchObject({ code: 'person_in_use' });
    for (const [as, code] of [
      ['eve@example.org', 'unknown_actor'],
      ['ben@example.org', 'confirmation_needed'],
    ] as const)
      await expect(erase({}, as)).rejects.toMatchObject({ code });
    await sql`update opsdeck_jobs.message set state = 'queued', finished_at = null where communication_id = 101`.execute(
      db,
    );
    await expect(erase({ yes: true })).rejects.toMatchObject({ code: 'person_in_use' });
    await sql`update opsdeck_jobs.message set state = 'sent', finished_at = now() where communication_id = 101`.execute(
      db,
    );
    const dry = await erase({ dryRun: true });
    expect(dry).toMatch(/opsdeck_jobs\.uar_decision +2 +erased with its salt/);
    expect(dry).toMatch(/opsdeck_jobs\.message +1 +address replaced/);
    expect(dry).toContain('This would change 8 rows. Nothing was changed.');
    expect(await places()).not.toEqual([]);

    expect(await erase({ yes: true })).toMatch(
      /8 rows changed\. .* person:[0-9a-f]{8} in `decisions list`\.\nA mail to ben@example\.org reports /,
    );
    const { rows: mails } = await sql<{ destination: string; what: string }>`
      select destination, context ->> 'what' as what from opsdeck_jobs.message where event_code = 'DECISION_RECORDED'`.execute(
      db,
    );
    expect(mails).toEqual([
      {
        destination: 'ben@example.org',
        what: expect.stringMatching(
          /^The address of a person was erased from 8 rows \(person:[0-9a-f]{8}\)$/,
        ),
      },
    ]);
    expect(await places()).toEqual([]);
    expect(await verifyHeads(db, parts, before.head?.hash)).toMatchObject({
      rows: 7,
      erased: 5,
      findings: [],
    });
    const { rows: kept } = await sql<{ note: string }>`
      select note from opsdeck_jobs.action_log where actor = 'ben@example.org' order by at`.execute(db);
    expect(kept.map(({ note }) => note)).toEqual([
      'Asked hanna@example.org, and ana@example.org.uk',
      'Request of 2 March',
    ]);
    const { rows: messages } = await sql<{ destination: string; context: object }>`
      select destination, context from opsdeck_jobs.message where event_code = 'X' order by communication_id`.execute(
      db,
    );
    expect(messages[0]).toEqual({
      destination: expect.stringMatching(/^\[erased:[0-9a-f]{8}\]$/),
      context: { to: expect.stringMatching(/^Ana <\[erased:[0-9a-f]{8}\]>$/), n: 1 },
    });
    expect(messages[1]?.destination).toBe('hanna@example.org');
    expect(await erase({ yes: true })).toContain('Nothing was changed.');

    /** Tables of ours and the people that have the address, by the text of the whole row. */
    async function places(): Promise<readonly string[]> {
      const { rows: tables } = await sql<{ name: string }>`
        select format('%I.%I', schemaname, tablename) as name from pg_tables
         where schemaname = 'opsdeck_jobs' or tablename = 'user'`.execute(db);
      const found: string[] = [];
      for (const { name } of tables) {
        const { rows: some } = await sql
          .raw(`select from ${name} t where t::text ~* '(?<![a-z])ana@example\\.org(?!\\.uk)' limit 1`)
          .execute(db);
        if (some.length > 0) found.push(name);
      }
      return found;
    }
  });
});
