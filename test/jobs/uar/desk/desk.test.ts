import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ReportUarOptions, reportUar } from '../../../../jobs/uar/commands/report-uar.action.ts';
import { uarDecide } from '../../../../jobs/uar/commands/uar-decide.action.ts';
import {
  addUarException,
  listUarExceptions,
  revokeUarException,
} from '../../../../jobs/uar/commands/uar-exception.action.ts';
import { uarFindings } from '../../../../jobs/uar/commands/uar-findings.action.ts';
import { uarList } from '../../../../jobs/uar/commands/uar-list.action.ts';
import { showFinding } from '../../../../jobs/uar/commands/uar-show.action.ts';
import { signOff } from '../../../../jobs/uar/commands/uar-sign-off.action.ts';
import { asOwner } from '../../../support/as-owner.ts';
import { commandLine } from '../../../support/command-line.ts';
import { type DatabaseHarness, onEachDatabase } from '../../../support/databases.ts';

/**
 * One comparison with an execution of OpsDeck's (10) and two of ours (11, 12). Execution 12 saw four findings: 1 is critical and
 * new, about Ben; 2 is high and known; 3 is medium; 4 is critical and has an exception. 5 belongs to OpsDeck's alone.
 */
const rows = `
  insert into "user" (name, email, is_archived, hide_from_org_chart)
  values ('Ana', 'ana@example.org', false, false), ('Ben', 'Ben@example.org', false, false), ('Old', 'old@example.org', true, false);
  insert into uar_comparison (name, source_a_type, source_b_type, key_field_a, key_field_b, schedule_type, is_enabled)
  values ('HR against CRM', 'Active Users', 'CSV', 'email', 'login', 'manual', true);
  insert into uar_execution (id, comparison_id, status, completed_at)
  values (10, 1, 'completed', '2026-10-01 08:00'), (11, 1, 'completed', '2026-11-01 08:00'), (12, 1, 'completed', '2026-11-08 08:00'),
         (13, 1, 'failed', '2026-11-09 08:00');
  insert into uar_finding (execution_id, finding_type, severity, key_value, status, description, affected_entity_type,
                           affected_entity_id, first_seen_at, last_seen_at)
  values (12, 'Right Only (B)', 'critical', 'ben@example.org', 'open', 'only in B', 'user', 2, '2026-11-08 08:00', '2026-11-08 08:00'),
         (12, 'Left Only (A)', 'high', 'cleo@example.org', 'open', 'only in A', null, null, '2026-11-01 08:00', '2026-11-08 08:00'),
         (12, 'Mismatch', 'medium', 'dan@example.org', 'open', 'role differs', null, null, '2026-11-01 08:00', '2026-11-08 08:00'),
         (12, 'Right Only (B)', 'critical', 'root', 'acknowledged', 'only in B', null, null, '2026-11-01 08:00', '2026-11-08 08:00'),
         (10, 'Mismatch', 'medium', 'theirs', 'resolved', 'gone', null, null, '2026-09-01 08:00', '2026-10-01 08:00');
  insert into opsdeck_jobs.uar_execution_record (execution_id, comparison_id, outcome, reason, config, program_version, source_a, source_b,
                                          key_quality, finished_at)
  values (11, 1, 'completed', null, '{}', '1.0.0', '{"type":"Active Users","rows":3}', '{"type":"CSV","rows":3}', '{}', '2026-11-01 08:00Z'),
         (12, 1, 'completed', null, '{"key":"email"}', '1.0.0',
          '{"type":"Active Users","rows":3,"sha256":"aa11","extracted_at":"2026-11-08T08:00:00.000Z"}',
          '{"type":"CSV","rows":4,"sha256":"bb22","extracted_at":"2026-11-08T08:00:01.000Z"}',
          '{"a":{"empty":2,"samples":["x"]},"b":{"empty":0}}', '2026-11-08 08:00Z'),
         (13, 1, 'inconclusive', 'B is empty', '{}', '1.0.0', null, null, null, '2026-11-09 08:00Z');
  insert into opsdeck_jobs.uar_identity (identity, comparison_id, finding_type, key_text, finding_id, first_seen_at)
  select sha256(f.id::text::bytea), 1, finding_type, key_value, f.id, '2026-11-01 08:00Z'
    from uar_finding f where f.execution_id = 12;
  insert into opsdeck_jobs.uar_exception (key_text, reason, until, added_by, added_at)
  values ('root', 'break-glass', '2099-12-31', 'ana@example.org', '2026-10-01 08:00Z');
  insert into opsdeck_jobs.uar_observation (execution_id, identity, finding_id, finding_type, severity, key_text, novelty, status,
                                            raw_data_b, affected_user_id, exception_id)
  select x.id, sha256(f.id::text::bytea), f.id, f.finding_type, f.severity, f.key_value,
         case when f.id = 1 or x.id = 11 then 'new' else 'seen' end, f.status, '{"login":"x, \\"y\\""}', f.affected_entity_id,
         case when f.id = 4 then 1 end
    from uar_finding f, (values (11), (12)) as x (id)
   where f.execution_id = 12 and not (f.id = 1 and x.id = 11)`;

const reportDocument = z.object({
  schema: z.literal(1),
  execution: z.object({ id: z.number(), outcome: z.string(), reason: z.string().nullable() }),
  population: z.object({ a: z.unknown(), b: z.object({ rows: z.number(), sha256: z.string() }).nullable() }),
  exceptions: z.array(z.object({ id: z.number(), key: z.string() })),
  sign_off: z.object({ email: z.string(), unchanged: z.boolean() }).nullable(),
  findings: z.array(
    z.object({
      id: z.number(),
      status: z.string(),
      decision: z.object({ decision: z.string(), actor: z.string(), source: z.string() }).nullable(),
    }),
  ),
});

/** A database with {@link rows}, and the desk over it. */
async function openDesk(harness: DatabaseHarness) {
  const database = await harness.fresh();
  const ask = async <T>(statement: string): Promise<readonly T[]> => {
    let last: readonly T[] = [];
    await asOwner(database.db, async (trx) => {
      for (const one of statement.split(';')) last = (await sql.raw<T>(one).execute(trx)).rows;
    });
    return last;
  };
  await ask(rows);
  const tell = commandLine(harness, database, { TIMEZONE: 'Europe/Madrid' });
  const report = async (execution: string) =>
    reportDocument.parse(
      JSON.parse(
        await tell((io) =>
          reportUar(io, {}, { execution, format: 'json', output: '-' } satisfies ReportUarOptions),
        ),
      ),
    );
  return { ask, tell, report };
}

/** In 200 days: an exception lasts at most 365. */
const until = new Date(Date.now() + 200 * 86_400_000).toISOString().slice(0, 10);
const approved = { requester: 'ben@example.org', compensatingControl: 'use is alerted' } as const;
const mailed = 'A mail to ana@example.org reports what was recorded in their name.\n';
const ana = { as: 'ana@example.org', yes: true } as const;

onEachDatabase((harness) => {
  describe('the desk of access reviews', () => {
    it('lists, decides with a note, and signs off only what is decided, in all three journals', async () => {
      const { ask, tell, report } = await openDesk(harness);
      expect(await tell((io) => uarList(io, {}, {}))).toMatch(
        /HR against CRM[\s\S]+inconclusive \(13\)[\s\S]+3, 2 urgent[\s\S]+B is empty/,
      );
      const open = await tell((io) => uarFindings(io, {}, { limit: '2' }));
      expect(open).toMatch(/1 +critical +Right Only \(B\) +ben@example\.org/);
      expect(open).toMatch(/^The list goes on: --after \d+ shows what follows\.$/m);
      expect(await tell((io) => uarFindings(io, {}, { limit: '9', status: 'resolved' }))).toMatch(
        /5 +medium[\s\S]+theirs/,
      );

      await expect(tell((io) => signOff(io, {}, '12', { ...ana, note: 'Q4' }))).rejects.toMatchObject({
        code: 'undecided_findings',
        message:
          '2 critical and high findings have no decision that counts: 1 (ben@example.org), 2 (cleo@example.org).',
      });
      expect(
        await tell((io) => uarDecide(io, {}, 'resolve', ['1', '1'], { ...ana, reason: 'access removed' })),
      ).toBe(`Finding 1 is resolved.\n${mailed}`);
      // The same once more changes nothing, and nothing is asked.
      expect(
        await tell((io) => uarDecide(io, {}, 'resolve', ['1'], { as: ana.as, reason: 'access removed' })),
      ).toBe('Finding 1 was so already.\n');
      await ask(`
        insert into audit_log ("timestamp", user_email, action, entity_type, entity_id, changes, event_processed)
        values ('2026-10-31 09:00', 'ana@example.org', 'update', 'UARFinding', 2, '{"status":{"old":"open","new":"acknowledged"},"resolved_at":{"old":null,"new":"2026-11-09T09:00:00"}}', true)`);
      // Decided before it was opened: that was about something else.
      await expect(tell((io) => signOff(io, {}, '12', { ...ana, note: 'Q4' }))).rejects.toMatchObject({
        code: 'undecided_findings',
      });
      await ask(`
        insert into audit_log ("timestamp", user_email, action, entity_type, entity_id, changes, event_processed)
        values ('2026-11-09 09:00', 'ana@example.org', 'update', 'UARFinding', 2, '{"status":{"old":"open","new":"acknowledged"},"resolved_at":{"old":null,"new":"2026-11-09T09:00:00"}}', true),
               ('2026-11-09 09:01', 'ana@example.org', 'update', 'UARFinding', 2, 'not JSON', true)`);
      expect(await tell((io) => signOff(io, {}, '12', { ...ana, note: 'Q4 review' }))).toMatch(
        /^Execution 12 of HR against CRM is signed off by ana@example\.org\.\nSHA-256 of what was signed: [0-9a-f]{64}\nA mail to ana@example\.org reports /,
      );
      await expect(tell((io) => signOff(io, {}, '12', { ...ana, note: 'again' }))).rejects.toMatchObject({
        code: 'already_signed',
      });
      expect(
        await ask(
          `select actor, action, subject, note from opsdeck_jobs.action_log where action like 'uar.%' order by at`,
        ),
      ).toEqual([
        { actor: 'ana@example.org', action: 'uar.resolved', subject: 'finding:1', note: 'access removed' },
        { actor: 'ana@example.org', action: 'uar.sign_off', subject: 'uar_execution:12', note: 'Q4 review' },
      ]);
      // OpsDeck's event rules must not mail what its own pages did not do.
      expect(
        await ask(
          `select user_id, entity_type, entity_id, event_processed from audit_log where user_id = 1 order by id`,
        ),
      ).toEqual([
        { user_id: 1, entity_type: 'UARFinding', entity_id: 1, event_processed: true },
        { user_id: 1, entity_type: 'UARExecution', entity_id: 12, event_processed: true },
      ]);

      const signed = await report('12');
      expect(signed).toMatchObject({
        population: { b: { rows: 4, sha256: 'bb22' } },
        exceptions: [{ id: 1, key: 'root' }],
        sign_off: { email: 'ana@example.org', unchanged: true },
      });
      // As they were then, although finding 1 is resolved now; worst first.
      expect(
        signed.findings.map(({ id, status, decision }) => [id, status, decision?.decision, decision?.source]),
      ).toEqual([
        [1, 'open', 'resolved', 'opsdeck-jobs'],
        [4, 'acknowledged', undefined, undefined],
        [2, 'open', 'acknowledged', 'opsdeck'],
        [3, 'open', undefined, undefined],
      ]);
      // What is decided after the signature is no part of it; what was signed and is changed shows.
      await tell((io) => uarDecide(io, {}, 'acknowledge', ['3'], { reason: 'asked', yes: true }));
      expect((await report('12')).sign_off?.unchanged).toBe(true);
      await ask(
        `update opsdeck_jobs.uar_observation set severity = 'low' where finding_id = 1 and execution_id = 12`,
      );
      const text = await tell((io) => reportUar(io, {}, { execution: '12', format: 'text', output: '-' }));
      expect(text).toContain('What was signed HAS BEEN CHANGED since.');
      expect(text).toMatch(/a, empty +2/);
      const csv = await tell((io) => reportUar(io, {}, { execution: '12', format: 'csv', output: '-' }));
      expect(csv.split('\r\n')).toHaveLength(6);
      expect(csv).toContain('"{""login"":""x, \\""y\\""""}"');
      const other = await report('13');
      expect(other).toMatchObject({
        execution: { outcome: 'inconclusive', reason: 'B is empty' },
        findings: [],
        sign_off: null,
      });
      expect(await tell((io) => showFinding(io, {}, '1', {}))).toMatch(
        /Account: Ben@example\.org[\s\S]+opens it again if it is still there[\s\S]+12 [\s\S]+new +open[\s\S]+resolved +access removed/,
      );
    });

    it('shows what a decision would change, asks, and changes nothing without an answer', async () => {
      const { ask, tell } = await openDesk(harness);
      const said = { as: ana.as, reason: 'access removed' };
      const signature = { as: ana.as, note: 'Q4' };
      const exception = { ...said, ...approved, key: 'dan@example.org', until };
      const sign = (options: { dryRun?: true; yes?: true }) =>
        tell((io) => signOff(io, {}, '12', { ...signature, ...options }));
      const dry = { dryRun: true, yes: true } as const;
      expect(await tell((io) => uarDecide(io, {}, 'resolve', ['1', '2'], { ...said, ...dry }))).toBe(
        'This would mark 2 findings as resolved: 1, 2. Nothing was changed.\n',
      );
      expect(await tell((io) => addUarException(io, {}, { ...exception, ...dry }))).toBe(
        `This would accept differences of dan@example.org in every comparison until ${until} (1 open finding now). Nothing was changed.\n`,
      );
      await ask(`update opsdeck_jobs.uar_identity set exception_id = 1 where finding_id = 4`);
      expect(await tell((io) => revokeUarException(io, {}, '1', { ...said, ...dry }))).toBe(
        'This would revoke exception 1 of root (1 accepted finding would be open again). Nothing was changed.\n',
      );
      // A dry run refuses what the command refuses.
      await expect(sign(dry)).rejects.toMatchObject({ code: 'undecided_findings' });
      await expect(tell((io) => uarDecide(io, {}, 'resolve', ['1', '2'], said))).rejects.toMatchObject({
        code: 'confirmation_needed',
        exitCode: 2,
        message: expect.stringMatching(/^Mark 2 findings as resolved: 1, 2\? .+; nothing was changed\.$/),
        next: 'Repeat the command with --yes.',
      });
      await expect(tell((io) => addUarException(io, {}, exception))).rejects.toMatchObject({
        code: 'confirmation_needed',
      });
      await expect(tell((io) => revokeUarException(io, {}, '1', said))).rejects.toMatchObject({
        code: 'confirmation_needed',
      });
      expect(await ask('select 1 from opsdeck_jobs.action_log')).toEqual([]);
      expect(await ask(`select status from uar_finding where id <= 2 order by id`)).toEqual([
        { status: 'open' },
        { status: 'open' },
      ]);
      await tell((io) => uarDecide(io, {}, 'resolve', ['1', '2'], { ...said, yes: true }));
      expect(await sign(dry)).toBe(
        'This would sign off execution 12 of HR against CRM (4 findings). Nothing was changed.\n',
      );
      await expect(sign({})).rejects.toMatchObject({ code: 'confirmation_needed' });
      expect(await ask('select 1 from opsdeck_jobs.uar_sign_off')).toEqual([]);
    });

    it('refuses what an auditor would not accept, and shows what to do', async () => {
      const { ask, tell } = await openDesk(harness);
      const decide = (ids: string[], options: { reason: string; as?: string }) =>
        tell((io) => uarDecide(io, {}, 'false-positive', ids, options));
      await expect(decide(['1', '3'], { reason: 'mine', as: 'BEN@example.org' })).rejects.toMatchObject({
        code: 'own_account',
        exitCode: 2,
      });
      // Not linked to an account; the rows say whose it is, or the key is what stands before the @.
      await ask(
        `update uar_finding set raw_data_a = '{"email":"Ana@example.org","manager":"ben@example.org"}' where id = 3`,
      );
      await expect(decide(['3'], { reason: 'mine', ...ana })).rejects.toMatchObject({ code: 'own_account' });
      await ask(
        `insert into "user" (name, email, is_archived, hide_from_org_chart) values ('R', 'root@example.org', false, false)`,
      );
      await expect(decide(['4'], { reason: 'mine', as: 'root@example.org' })).rejects.toMatchObject({
        code: 'own_account',
      });
      // Without --as only the name of the machine's user is known.
      await ask(`update uar_finding set raw_data_b = '[{"login":"CORP\\\\Tester"}]' where id = 3`);
      await expect(decide(['3'], { reason: 'mine' })).rejects.toMatchObject({
        code: 'own_account',
        message:
          'Finding 3 is about an account with the name of the user of this machine, tester: a decision about one’s own account is refused; nothing was decided.',
        next: 'Give the e-mail address of the person who decides with --as.',
      });
      await expect(decide(['3'], { reason: 'x', as: 'old@example.org' })).rejects.toMatchObject({
        code: 'archived_actor',
      });
      await expect(decide(['3', '77'], { reason: 'x' })).rejects.toMatchObject({
        message: 'There is no finding 77; nothing was decided.',
      });
      await expect(decide(['three'], { reason: 'x' })).rejects.toMatchObject({ exitCode: 2 });
      await expect(decide(['3'], { reason: '  ' })).rejects.toMatchObject({ message: '--reason is empty.' });
      expect(await ask('select 1 from opsdeck_jobs.uar_decision')).toEqual([]);
      const sign = (execution: string, as: string) =>
        tell((io) => signOff(io, {}, execution, { as, note: 'Q4' }));
      await expect(sign('12', 'nobody@example.org')).rejects.toMatchObject({ code: 'unknown_actor' });
      await expect(sign('13', ana.as)).rejects.toMatchObject({ code: 'not_completed' });
      await expect(sign('10', ana.as)).rejects.toMatchObject({ code: 'not_ours' });
      await expect(sign('99', ana.as)).rejects.toMatchObject({ code: 'unknown_execution' });
      // Decided on OpsDeck's page by the person it is about: it does not count.
      await ask(`
        insert into audit_log ("timestamp", user_email, action, entity_type, entity_id, changes, event_processed)
        values ('2026-11-09 09:00', 'ben@example.org', 'update', 'UARFinding', 1, '{"status":{"old":"open","new":"false_positive"},"resolved_at":{"old":null,"new":"2026-11-09T09:00:00"}}', true),
               ('2026-11-09 09:00', 'ana@example.org', 'update', 'UARFinding', 2, '{"status":{"old":"open","new":"resolved"},"resolved_at":{"old":null,"new":"2026-11-09T09:00:00"}}', true)`);
      await expect(sign('12', ana.as)).rejects.toMatchObject({
        message:
          'One critical or high finding has no decision that counts: 1 (ben@example.org, decided by ben@example.org about their own account).',
      });
      await ask(`
        insert into opsdeck_jobs.uar_decision (finding_id, execution_id, decision, note, actor, at)
        values (1, 12, 'resolved', 'as ever', 'os:ben@desk', '2026-11-09 10:00Z')`);
      await expect(sign('12', ana.as)).rejects.toMatchObject({
        message: expect.stringContaining(
          '1 (ben@example.org, decided by os:ben@desk about their own account)',
        ),
      });
    });

    it('decides for an active account alone, records who entered it, and signs off nothing that only a machine user decided', async () => {
      const { ask, tell, report } = await openDesk(harness);
      const decide = (options: { as?: string }) =>
        tell((io) =>
          uarDecide(io, {}, 'acknowledge', ['1', '2'], { reason: 'asked', yes: true, ...options }),
        );
      for (const [as, code] of [
        ['nobody@nowhere.example', 'unknown_actor'],
        ['os:ana@desk', 'invalid_actor'],
      ] as const) {
        await expect(decide({ as })).rejects.toMatchObject({ code, exitCode: 2 });
        await expect(
          tell((io) =>
            addUarException(
              io,
              {},
              { ...approved, key: 'svc', until, reason: 'service account', yes: true, as },
            ),
          ),
        ).rejects.toMatchObject({ code });
      }
      const sign = () => tell((io) => signOff(io, {}, '12', { ...ana, note: 'Q4' }));
      await decide({});
      await expect(sign()).rejects.toMatchObject({
        code: 'undecided_findings',
        message: expect.stringMatching(/1 \(ben@example\.org, acknowledged by os:tester@[^)]+\), 2 /),
      });
      await decide(ana);
      await ask(`update opsdeck_jobs.uar_exception set added_by = 'os:root@desk'`);
      await expect(sign()).rejects.toMatchObject({
        message: expect.stringContaining('4 (root, exception 1 by a user of a machine)'),
      });
      await ask(`update opsdeck_jobs.uar_exception set added_by = 'ana@example.org'`);
      await sign();
      expect((await report('12')).sign_off).toMatchObject({ unchanged: true });
      const text = await tell((io) => reportUar(io, {}, { execution: '12', format: 'text', output: '-' }));
      expect(text).toMatch(/Signed off by ana@example\.org \(entered by os:tester@/);
      expect(await tell((io) => showFinding(io, {}, '1', {}))).toMatch(
        /ana@example\.org \(entered by os:tester@/,
      );
      expect(
        await ask(
          `select count(*)::int as rows from opsdeck_jobs.action_log where after ->> 'entered_by' like 'os:tester@%'`,
        ),
      ).toEqual([{ rows: 5 }]);
      // One mail a command, however many findings; none to the user of the machine.
      expect(
        await ask(
          `select destination, context ->> 'what' as what from opsdeck_jobs.message where event_code = 'DECISION_RECORDED' order by created_at, id`,
        ),
      ).toEqual([
        {
          destination: 'ana@example.org',
          what: 'Findings 1 (ben@example.org), 2 (cleo@example.org) were marked as acknowledged',
        },
        { destination: 'ana@example.org', what: 'Execution 12 of HR against CRM was signed off' },
      ]);
    });

    it('requires four eyes where the comparison does, shows it either way, and signs signer, note and machine user too', async () => {
      const { ask, tell, report } = await openDesk(harness);
      const text = () => tell((io) => reportUar(io, {}, { execution: '12', format: 'text', output: '-' }));
      const sign = (as: string, userName: string) =>
        tell((io) => signOff({ ...io, userName: () => userName }, {}, '12', { as, note: 'Q4', yes: true }));
      await ask(`
        insert into "user" (name, email, is_archived, hide_from_org_chart) values ('Cleo', 'eva@example.org', false, false);
        update opsdeck_jobs.uar_execution_record set config = '{"settings":{"four_eyes":true}}' where execution_id = 12`);
      expect(await text()).toContain('Segregation of duties (required): not signed off yet');
      await tell((io) => uarDecide(io, {}, 'acknowledge', ['1', '2'], { ...ana, reason: 'asked' }));
      await expect(sign(ana.as, 'other')).rejects.toMatchObject({
        code: 'four_eyes_not_met',
        message: expect.stringContaining('ana@example.org also decided about what was found.'),
      });
      await expect(sign('eva@example.org', 'tester')).rejects.toMatchObject({
        code: 'four_eyes_not_met',
        message: expect.stringMatching(/os:tester@\S+ entered decisions and the sign-off\./),
      });
      await sign('eva@example.org', 'eva');
      expect(await text()).toMatch(/\(unchanged since\)\nSegregation of duties \(required\): met\n/);
      // Each part of the signature is signed.
      for (const [table, column, value] of [
        ['uar_sign_off', 'email', "'ana@example.org'"],
        ['uar_sign_off', 'user_id', '1'],
        ['uar_sign_off', 'note', "'Q3'"],
        ['uar_sign_off', 'entered_by', "'os:root@desk'"],
        ['uar_sign_off', 'at', "at + interval '1 ms'"],
        ['uar_exception', 'reason', "'another'"],
        ['uar_decision', 'note', "'another'"],
        ['uar_decision', 'entered_by', "'os:root@desk'"],
      ] as const) {
        const [before] = await ask<{ was: string }>(
          `select ${column}::text as was from opsdeck_jobs.${table} limit 1`,
        );
        await ask(`update opsdeck_jobs.${table} set ${column} = ${value}`);
        expect([column, (await report('12')).sign_off?.unchanged]).toEqual([column, false]);
        await ask(`update opsdeck_jobs.${table} set ${column} = '${before?.was}'`);
        expect([column, (await report('12')).sign_off?.unchanged]).toEqual([column, true]);
      }
      // What was decided before and after what counts, here and on OpsDeck's pages.
      await tell((io) => uarDecide(io, {}, 'resolve', ['2'], { ...ana, reason: 'removed' }));
      await tell((io) => revokeUarException(io, {}, '1', { ...ana, reason: 'not needed', yes: true }));
      await ask(`
        insert into opsdeck_jobs.uar_decision (id, finding_id, execution_id, decision, note, actor, at) overriding system value
        values (-1, 2, 12, 'false_positive', 'too quick', 'ana@example.org', '2026-11-08 09:00Z');
        insert into audit_log ("timestamp", user_email, action, entity_type, entity_id, changes, event_processed)
        values (timestamp '2099-01-01 08:00', 'eva@example.org', 'update', 'UARFinding', 1, '{"status": {"old": "acknowledged", "new": "open"}}', true)`);
      const later = await text();
      expect(later).toMatch(/\(unchanged since\)/);
      expect(later).toMatch(
        /^2 +cleo@example\.org +false positive +superseded +ana@example\.org, .* too quick$/m,
      );
      expect(later).toMatch(/^2 +cleo@example\.org +resolved +after the sign-off .* removed$/m);
      expect(later).toMatch(
        /^1 +ben@example\.org +open +after the sign-off +eva@example\.org, Thu 1 Jan 2099 09:00/m,
      );
      expect(later).not.toMatch(/acknowledged +(superseded|after)/);
      expect(later).toMatch(
        /Exception 1 of root was revoked by ana@example\.org on .*, after the sign-off\./,
      );
      // Not required, and shown all the same.
      await ask(`update opsdeck_jobs.uar_execution_record set config = '{}' where execution_id = 12;
                 update opsdeck_jobs.uar_sign_off set email = 'ana@example.org'`);
      expect(await text()).toMatch(
        /Segregation of duties \(not required\): not met\. ana@example\.org also decided about what was found\./,
      );
    });

    it('names the import where there are no people', async () => {
      const { ask, tell } = await openDesk(harness);
      await ask(`update uar_finding set affected_entity_id = null; update "user" set is_archived = true`);
      await expect(
        tell((io) => uarDecide(io, {}, 'resolve', ['1'], { reason: 'x', as: 'new@example.org' })),
      ).rejects.toMatchObject({ code: 'unknown_actor', next: 'Import them with `import users FILE`.' });
    });

    it('keeps exceptions with an end, who and why, once', async () => {
      const { ask, tell } = await openDesk(harness);
      const add = (options: {
        key: string;
        until: string;
        comparison?: string;
        as?: string;
        yes?: true;
        requester?: string;
      }) => tell((io) => addUarException(io, {}, { reason: 'service account', ...approved, ...options }));
      await expect(add({ key: 'svc', until: '2020-01-01' })).rejects.toMatchObject({ exitCode: 2 });
      await expect(add({ key: 'svc', until: 'soon' })).rejects.toMatchObject({ exitCode: 2 });
      await expect(add({ key: 'svc', until, comparison: '7' })).rejects.toMatchObject({
        code: 'unknown_comparison',
      });
      await expect(add({ key: 'ana@example.org', until, ...ana })).rejects.toMatchObject({
        code: 'own_account',
      });
      await expect(add({ key: 'Tester@example.org', until, yes: true })).rejects.toMatchObject({
        code: 'own_account',
      });
      const svc = { key: 'svc', until, comparison: 'hr against crm', ...ana };
      // Never by one person, whatever the spelling, nor by or for somebody who is not here.
      await ask(`insert into "user" (name, email, is_archived, hide_from_org_chart)
                 values ('Ana', 'Ana+crm@example.org', false, false)`);
      for (const [requester, code] of [
        ['ana@example.org', 'same_person'],
        [' ANA@Example.org ', 'same_person'],
        ['ana+crm@example.org', 'same_person'],
        ['eve@example.org', 'unknown_actor'],
        ['old@example.org', 'archived_actor'],
        ['ben', 'invalid_actor'],
      ] as const)
        await expect(add({ ...svc, requester })).rejects.toMatchObject({ code, exitCode: 2 });
      const dayAfter = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
      await expect(add({ ...svc, until: dayAfter(367) })).rejects.toMatchObject({
        code: 'exception_too_long',
      });
      await expect(add({ key: 'svc', until, as: ana.as })).rejects.toMatchObject({
        code: 'unknown_key',
        next: expect.stringContaining('--yes'),
      });
      await expect(add({ key: 'dan@example.org', until, as: ana.as })).rejects.toMatchObject({
        code: 'confirmation_needed',
      });
      expect(await add(svc)).toBe(
        `Exception 2: svc may differ in the comparison HR against CRM until ${until}, from the next execution on.\nNo execution of the comparison HR against CRM contained the key svc: check its spelling.\n${mailed}`,
      );
      expect(await add(svc)).toMatch(/^Exception 2 was there already/);
      expect(await tell((io) => listUarExceptions(io, {}, {}))).toMatch(
        new RegExp(
          `2 +svc +HR against CRM +all +${until} +service account +use is alerted +ben@example.org +ana`,
        ),
      );
      const revoke = () => tell((io) => revokeUarException(io, {}, '2', { ...ana, reason: 'deleted' }));
      expect(await revoke()).toContain('is revoked');
      expect(await revoke()).toContain('was revoked already');
      expect(await tell((io) => listUarExceptions(io, {}, { json: true }))).not.toContain('svc');
      expect(await tell((io) => listUarExceptions(io, {}, { all: true }))).toContain(
        'revoked by ana@example.org',
      );
      await expect(tell((io) => revokeUarException(io, {}, '8', {}))).rejects.toMatchObject({
        code: 'unknown_exception',
      });
      expect(
        await ask(`select action, note from opsdeck_jobs.action_log where action like 'uar.%' order by at`),
      ).toEqual([
        { action: 'uar.exception_add', note: 'service account' },
        { action: 'uar.exception_revoke', note: 'deleted' },
      ]);
    });
  });
});
