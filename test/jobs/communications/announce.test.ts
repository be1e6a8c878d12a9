import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import communications from '../../../jobs/communications/job.ts';
import { jobs } from '../../../jobs/index.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { runManually } from '../../../src/job/run-manually.ts';
import { decideMessages } from '../../../src/notify/outbox/decide-messages.ts';
import { mailPeer } from '../../notify/channels/mail-peer.ts';
import { closedPort } from '../../notify/channels/peers.ts';
import { addUser } from '../../notify/queue.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { testEnvironment } from '../../support/runner.ts';
import { queueRows } from './outbox.ts';

const result = z.looseObject({ announced: z.int(), waiting: z.looseObject({ held: z.int() }) });

async function run(database: OpenDatabase, port: number) {
  const base = testEnvironment(database, jobs);
  const email = {
    ...base.config.channels['email'],
    ...{ server: 'localhost', port, starttls: 'off', from: 'opsdeck@example.org' },
  };
  const environment = { ...base, config: { ...base.config, channels: { ...base.config.channels, email } } };
  const settings = { max_age: '72h', adopt_opsdeck_messages: true };
  const outcome = await runManually(
    { ...environment, config: { ...environment.config, jobs: { communications: { settings, params: {} } } } },
    {
      ...{ definition: communications, params: {}, dryRun: false, timeoutMs: undefined, waitMs: 0 },
      ...{ ignorePause: false, allowEmpty: false },
    },
  );
  return result.parse(outcome.result).announced;
}

onEachDatabase((harness) => {
  const begin = async () => {
    const clock = fakeClock('2026-11-24T12:00:00Z');
    const database = await harness.fresh({ clock });
    await addUser(database, 'admin@example.org');
    const old = (to: string) => queueRows(database, [{ to, scheduled: '2026-11-01', subject: 'Old' }]);
    return { clock, database, old };
  };

  describe('messages that wait for a decision', () => {
    it('are reported to the administrators once, and new ones again: when the others are settled, or a day later', async () => {
      const { clock, database, old } = await begin();
      const peer = await mailPeer({});
      const next = () => {
        clock.advance(300_000);
        return run(database, peer.port);
      };
      const [first] = await old('ana@example.org');
      expect(await next()).toBe(1);
      expect(await next()).toBe(0);
      expect(peer.mails.map(({ parsed }) => parsed.subject)).toEqual([
        '1 message on hold: a decision is needed',
      ]);
      expect(peer.mails[0]?.to).toEqual(['admin@example.org']);
      expect(peer.mails[0]?.parsed.text).toContain(`${first}`);
      expect(peer.mails[0]?.parsed.text).toContain('email to ana@example.org');

      await old('bo@example.org');
      expect(await next()).toBe(0);
      clock.advance(86_400_000);
      expect(await next()).toBe(1);
      await next();

      await decideMessages(
        database,
        { business: 'Europe/Madrid', stored: database.storedZone },
        'cancel',
        {
          kind: 'matching',
          filter: {},
        },
        'os:ana@desk',
      );
      await old('cy@example.org');
      expect(await next()).toBe(1);
      await next();
      expect(peer.mails).toHaveLength(3);
    });

    it('are not reported again and again while mail is the trouble, and the report itself is never on hold', async () => {
      const { clock, database, old } = await begin();
      const away = await closedPort();
      await old('ana@example.org');
      expect(await run(database, away)).toBe(1);
      for (const hours of [1, 30, 30]) {
        await old(`more-${hours}@example.org`);
        clock.advance(hours * 3_600_000);
        expect(await run(database, away)).toBe(0);
      }
      const reports = () =>
        sql<{ state: string }>`
          select state from opsdeck_jobs.message where event_code = 'MESSAGES_UNDECIDED' order by created_at`.execute(
          database.db,
        );
      expect((await reports()).rows).toEqual([{ state: 'queued' }]);

      await sql`update opsdeck_jobs.message set seen_at = null, attempts = 0 where state = 'queued'`.execute(
        database.db,
      );
      clock.advance(80 * 3_600_000);
      const peer = await mailPeer({});
      expect(await run(database, peer.port)).toBe(4);
      expect((await reports()).rows).toEqual([{ state: 'cancelled' }, { state: 'queued' }]);
    });
  });
});
