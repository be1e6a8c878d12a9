import { sql } from 'kysely';
import { expect, it } from 'vitest';
import {
  addLegalHold,
  listLegalHolds,
  releaseLegalHold,
} from '../../jobs/data-retention/commands/legal-hold.action.ts';
import { ratesDecide } from '../../jobs/exchange-rates/commands/rates-decide.action.ts';
import { listAlerts } from '../../jobs/expiry/commands/expiry-alerts.action.ts';
import { decideAlert } from '../../jobs/expiry/commands/expiry-decide.action.ts';
import { decisionsList } from '../../src/cli/actions/decisions-list.ts';
import { commandLine } from '../support/command-line.ts';
import { onEachDatabase } from '../support/databases.ts';

const rows = `
  insert into "user" (name, email, role, is_archived, hide_from_org_chart)
  values ('Ana', 'Ana@example.org', 'user', false, false), ('Old', 'old@example.org', 'user', true, false),
         ('Root', 'root@example.org', 'admin', false, false);
  insert into license (name, expiry_date, user_id, is_archived)
  values ('IDE', (now() at time zone 'Europe/Madrid')::date + 5, 1, false);
  insert into opsdeck_jobs.fx_held (provider, rate_date, base, quote, rate, compared_rate, compared_date, fetched_at, run_id)
  values ('ecb', '2026-06-30', 'EUR', 'TRY', 48, 40, '2026-06-29', '2026-06-30 15:00Z', gen_random_uuid()),
         ('ecb', '2026-07-01', 'EUR', 'TRY', 49, 40, '2026-06-29', '2026-07-01 15:00Z', gen_random_uuid())`;

onEachDatabase((harness) => {
  it('a hold, a rate and a snooze need an active account, which gets one mail a command; a user of a machine gets none', async () => {
    const database = await harness.fresh();
    for (const one of rows.split(';')) await sql.raw(one).execute(database.db);
    const tell = commandLine(harness, database, { TIMEZONE: 'Europe/Madrid' });
    const hold = (as?: string) =>
      tell((io) =>
        addLegalHold(io, {}, { table: 'audit_log', case: 'Case 1', where: ['id=1'], ...named(as) }),
      );
    const release = (as?: string, dryRun = false) =>
      tell((io) =>
        releaseLegalHold(io, {}, '1', {
          yes: true,
          ...(dryRun ? { dryRun: true as const } : {}),
          ...named(as),
        }),
      );
    const rate = (as?: string, dryRun = false) =>
      tell((io) =>
        ratesDecide(io, {}, 'accept', ['TRY'], {
          reason: 'ECB',
          yes: true,
          ...(dryRun ? { dryRun: true as const } : {}),
          ...named(as),
        }),
      );
    const snooze = (as?: string) =>
      tell((io) =>
        decideAlert(io, {}, 'snooze', 'license:1', { until: '2999-01-01', reason: 'moved', ...named(as) }),
      );
    const mails = async () =>
      (
        await sql<{ destination: string; what: string; entered_by: string; run_id: string | null }>`
          select destination, context ->> 'what' as what, context ->> 'entered_by' as entered_by, run_id
            from opsdeck_jobs.message where event_code = 'DECISION_RECORDED' order by created_at, id`.execute(
          database.db,
        )
      ).rows;

    for (const [as, code] of [
      ['nobody@example.org', 'unknown_actor'],
      ['old@example.org', 'archived_actor'],
    ] as const) {
      for (const command of [hold, rate, (name: string) => rate(name, true), snooze])
        await expect(command(as)).rejects.toMatchObject({ code, exitCode: 2 });
    }
    await hold();
    await expect(release('nobody@example.org', true)).rejects.toMatchObject({ code: 'unknown_actor' });
    await release('ana@example.org', true);
    await rate('ana@example.org', true);
    expect(await mails()).toEqual([]);

    expect(await release('ana@example.org')).toBe(
      'Legal hold 1 is released.\nA mail to ana@example.org reports what was recorded in their name.\n',
    );
    await rate('ana@example.org');
    await snooze('ana@example.org');
    // The same once more changes nothing, and nobody hears of it.
    await release('ana@example.org');
    await rate('ana@example.org');
    await snooze('ana@example.org');
    const by = expect.stringMatching(/^os:tester@/);
    const to = { destination: 'ana@example.org', entered_by: by, run_id: null };
    expect(await mails()).toEqual([
      { ...to, what: 'Legal hold 1 of audit_log was released' },
      { ...to, what: '2 quarantined rates of TRY were accepted' },
      { ...to, what: 'Alerts about license:1 (IDE) were snoozed through 2999-01-01' },
    ]);
    expect(await tell((io) => decisionsList(io, {}, { limit: '9' }))).toMatch(
      /ana@example\.org \(entered by os:tester@[\s\S]*ana@example\.org \(entered by os:tester@/,
    );
    expect(await tell((io) => listLegalHolds(io, {}, { all: true }))).toMatch(
      /by os:tester@[\s\S]*by ana@example\.org \(entered by os:tester@/,
    );
    expect(await tell((io) => listAlerts(io, {}, { limit: '9' }))).toContain('(entered by os:tester@');

    // It is switched off: whoever typed it is informed, and the decision stands.
    await sql`update notification_event set enabled = false where event_code = 'DECISION_RECORDED'`.execute(
      database.db,
    );
    expect(await hold('ana@example.org')).toContain(
      'No mail reports this to ana@example.org. Event DECISION_RECORDED is switched off: nothing is queued.',
    );
    await sql`update "user" set is_archived = true`.execute(database.db);
    await expect(snooze('ana2@example.org')).rejects.toMatchObject({
      code: 'unknown_actor',
      next: 'Import them with `import users FILE`.',
    });
  });
});

function named(as: string | undefined) {
  return as === undefined ? {} : { as };
}
