import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { jobs } from '../../../jobs/index.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { runManually } from '../../../src/job/run-manually.ts';
import { addDays } from '../../../src/time/calendar-day.ts';
import { instantsOf } from '../../../src/time/local-time.ts';
import { mailPeer } from '../../notify/channels/mail-peer.ts';
import { onOpsdeck } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { runDriftInOpsdeck } from '../../support/opsdeck/drift-job.ts';
import {
  dispatchInOpsdeck,
  mailNoticesInOpsdeck,
  queueNoticesInOpsdeck,
} from '../../support/opsdeck/notice-jobs.ts';
import { executeInOpsdeck } from '../../support/opsdeck/review-pages.ts';
import { testEnvironment } from '../../support/runner.ts';
import { outboxFor } from './outbox.ts';

const zone = 'Europe/Madrid';

function at(day: string, time: string): string {
  const [instant] = instantsOf(new Date(`${day}T${time}:00Z`), zone);
  if (instant === undefined) throw new Error(`no ${time} on ${day}`);
  return instant.toISOString();
}

function nameOf(address: string): string {
  return address.replace('@harbourlane.example', '');
}

async function run(database: OpenDatabase, name: string): Promise<void> {
  const definition = jobs.find((job) => job.name === name);
  if (definition === undefined) throw new Error(name);
  const settings = z
    .record(z.string(), z.json())
    .parse(JSON.parse(JSON.stringify(definition.settings.parse({}))));
  const environment = testEnvironment(database, jobs, { jobConfigs: { [name]: { settings, params: {} } } });
  const outcome = await runManually(environment, {
    ...{ definition, params: definition.params.parse({}), dryRun: false, timeoutMs: undefined, waitMs: 0 },
    ...{ ignorePause: false, allowEmpty: true },
  });
  if (outcome.status !== 'succeeded') throw new Error(`${name}: ${JSON.stringify(outcome.fault)}`);
}

/** What people do, on the morning of a day. */
const happens: Readonly<Record<string, readonly string[]>> = {
  '2026-03-02': [
    `update uar_comparison set schedule_type = 'weekly', schedule_config = '{"hour": 8, "day_of_week": 1}', notification_recipients = '[{"type": "email", "value": "audit@harbourlane.example"}]', notification_channels = '["email"]'`,
    `insert into license (name, expiry_date, user_id, is_archived, created_at) values ('Draw', '2026-03-25', 6, false, '2026-01-05')`,
    `insert into credentials (name, type, break_glass, owner_id, owner_type, created_at, updated_at) values ('svc-mail', 'API Key', false, 3, 'User', '2026-01-05', '2026-01-05')`,
    `insert into credential_secrets (credential_id, masked_value, created_at, expires_at, is_active) values (3, '****', '2026-01-05', '2026-04-19', true)`,
  ],
  // Renewed before its last threshold, and the certificate the day before its end.
  '2026-03-05': [`update license set expiry_date = '2027-03-09' where id = 1`],
  '2026-03-09': [
    `update certificate_versions set is_active = false`,
    `insert into certificate_versions (certificate_id, valid_from, expires_at, is_active, created_at) values (1, '2026-03-09', '2026-06-09', true, '2026-03-09')`,
  ],
  // Bo leaves, with the credential that ends on 16 March.
  '2026-03-10': [`update "user" set is_archived = true where id = 2`],
  '2026-03-16': [`insert into service_users (service_id, user_id) values (1, 40)`],
};
/** Nothing of ours runs: the host is off. */
const skipped = ['2026-03-12', '2026-03-13'];
/** From after the jobs of its first day on, 80 hours. */
const outage = { from: '2026-03-20T06:02:00.000Z', until: '2026-03-23T14:02:00.000Z' };

/** What our mails were, by day and recipient; the campaign's apart. */
const ours = [
  '2026-03-02 ada 1 subscription without an owner ends by Thu 30 Apr 2026',
  '2026-03-02 ada root of Server 1 expired 10 days ago',
  '2026-03-02 audit Access review taken over: HR and VPN, 27 findings',
  '2026-03-02 bo 1 subscription without an owner ends by Thu 30 Apr 2026',
  '2026-03-02 bo Licence Ledger 2026 ends in 7 days',
  '2026-03-02 bo root of Server 1 expired 10 days ago, and 1 more credential',
  '2026-03-02 bo www.harbourlane.example expires in 8 days',
  '2026-03-02 person4 Draw expires in 23 days',
  '2026-03-03 bo www.harbourlane.example expires in 7 days',
  '2026-03-08 bo Chat renews in 7 days',
  '2026-03-09 bo svc-backup expires in 7 days',
  // Bo has left: whoever is to know instead learns of it once, and of each threshold that follows.
  '2026-03-10 it 1 credential without an owner ends by Tue 31 Mar 2026',
  '2026-03-10 it 1 subscription without an owner ends by Tue 31 Mar 2026',
  '2026-03-11 person4 Draw expires in 14 days',
  '2026-03-16 ada Compliance drift: 2 regressions (1 critical, 1 high, 0 medium)',
  '2026-03-16 audit Access review: 2 new findings in HR and VPN',
  '2026-03-18 person4 Draw expires in 7 days',
  // What was reached during the outage.
  '2026-03-24 ada root of Server 1 expired 32 days ago',
  // Queued before the outage and too old after it: with the days that are left now.
  '2026-03-25 person1 svc-mail expires in 25 days',
  '2026-03-30 ada Compliance drift: 1 regression (1 critical, 0 high, 0 medium)',
  '2026-04-01 ada 1 credential without an owner ends by Sun 31 May 2026',
  '2026-04-01 ada 1 subscription without an owner ends by Sun 31 May 2026',
  '2026-04-05 person1 svc-mail expires in 14 days',
];

/** What OpsDeck mailed: of its queue, and at once. */
const theirs = [
  // It waited for its next try until OpsDeck's dispatcher came first.
  '2026-03-02 it subscription 1',
  '2026-03-03 bo www.harbourlane.example 7',
  '2026-03-08 it subscription 2',
  '2026-03-09 bo svc-backup 7',
  '2026-03-18 person4 license 2',
  '2026-03-20 person1 svc-mail 30',
  '2026-04-05 person1 svc-mail 14',
];

/** At version 0.6.10 until a certificate, a leaver, a review and a regression have had their days. */
const lastDays = { '009': '2026-03-17', '026': '2026-04-06' } as const;

onOpsdeck((harness) => {
  const lastDay = lastDays[harness.revision];
  const soFar = (lines: readonly string[]) => lines.filter((line) => line.slice(0, 10) <= lastDay);

  it('a month beside OpsDeck and both dispatchers: each thing arrives once, but for the mails that the manual names', async () => {
    const clock = fakeClock('2026-03-02T05:00:00Z');
    const database = await harness.fresh({ clock, company: true });
    const { db } = database;
    const peer = await mailPeer({});
    const { deliver } = outboxFor(database, peer.port);
    const days: string[] = [];
    const opsdeck: string[] = [];
    const drifts: unknown[] = [];
    let dispatched = 0;
    for (let day = '2026-03-02'; day <= lastDay; day = addDays(day, 1)) {
      for (const statement of happens[day] ?? []) await sql.raw(statement).execute(db);
      const here = async (time: string, work: () => Promise<unknown>) => {
        const instant = at(day, time);
        if (skipped.includes(day) || (instant >= outage.from && instant < outage.until)) return;
        clock.set(instant);
        await work();
      };
      const dispatch = async (time: string) => {
        const sent = await dispatchInOpsdeck(db, new Date(at(day, time)), day);
        dispatched += sent.length;
        opsdeck.push(...sent.map(({ to, about }) => `${day} ${nameOf(to)} ${about}`));
      };
      const before = peer.mails.length;
      await here('07:00', async () => {
        for (const name of ['subscription-renewals', 'credential-expiry', 'certificate-expiry'])
          await run(database, name);
      });
      await here('07:05', deliver);
      await dispatch('07:06');
      if (new Date(day).getUTCDay() === 1) {
        await here('07:45', () => run(database, 'uar'));
        await executeInOpsdeck(db, {
          comparison: 1,
          at: at(day, '08:00').slice(0, 19),
          next: at(addDays(day, 7), '08:00').slice(0, 19),
          found: day === '2026-03-16' ? ['person38@harbourlane.example'] : [],
        });
        await here('08:15', () => run(database, 'uar'));
        await here('09:00', () => run(database, 'compliance-drift'));
        drifts.push(...(await runDriftInOpsdeck(db, new Date(at(day, '09:01')), zone)));
      }
      // What it does each day it had done on the morning on which the month begins.
      if (day > '2026-03-02') {
        await queueNoticesInOpsdeck(db, day);
        const sent = await mailNoticesInOpsdeck(db, day);
        opsdeck.push(...sent.map(({ to, about }) => `${day} ${nameOf(to)} ${about}`));
      }
      // Now one comes first, now the other.
      if (Number(day.slice(8)) % 2 === 0) await dispatch('10:05');
      await here('10:06', deliver);
      await dispatch('10:07');
      const mails = peer.mails.slice(before);
      days.push(...mails.map((mail) => `${day} ${nameOf(mail.to.join(' '))} ${mail.parsed.subject}`).sort());
    }
    const campaign = days.filter((line) => line.endsWith('Think again'));
    expect(campaign).toHaveLength(38);
    expect(new Set(campaign).size).toBe(38);
    expect(days.filter((line) => !campaign.includes(line))).toEqual(soFar(ours));
    expect(opsdeck).toEqual(soFar(theirs));
    expect(drifts).toEqual([]);
    // Of the queue each row that was sent was one mail, of one of the two.
    const { rows } = await sql<{ sent: number }>`
        select count(*)::int as sent from scheduled_communication where status = 'sent' and sent_at >= '2026-03-02'`.execute(
      db,
    );
    expect(peer.mails.length + dispatched).toBe(rows[0]?.sent);
  });
});
