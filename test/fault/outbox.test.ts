import { tmpdir } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { OpenDatabase } from '../../src/db/database.ts';
import { outboxFor, queueRows, storedMessages } from '../jobs/communications/outbox.ts';
import { mailPeer } from '../notify/channels/mail-peer.ts';
import { enqueue, message, now } from '../notify/queue.ts';
import { onEachDatabase, onPostgres } from '../support/databases.ts';
import { runProgram, startProgram } from '../support/program.ts';
import { environmentFor, visit } from '../support/program-database.ts';

/** One mail that arrived; `id` is the message's. */
interface Arrival {
  readonly id: string;
  readonly marked: boolean;
}

/** A mail server that only takes note, and tells when it has as many mails as somebody waits for. */
async function countingPeer() {
  const arrivals: Arrival[] = [];
  let wanted = Number.POSITIVE_INFINITY;
  let reached: () => void = () => undefined;
  const { port } = await mailPeer({
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString();
        const id = /^message-id: <([0-9a-f-]{36})@/im.exec(raw)?.[1] ?? '';
        arrivals.push({ id, marked: /^x-opsdeck-possible-repeat: yes/im.test(raw) });
        if (arrivals.length >= wanted) reached();
        done(null);
      });
    },
  });
  return {
    port,
    arrivals,
    atLeast: (count: number) =>
      new Promise<void>((resolve) => {
        wanted = count;
        reached = resolve;
        if (arrivals.length >= count) resolve();
      }),
  };
}

async function queueMails(database: OpenDatabase, count: number): Promise<void> {
  await sql`
    with t as (
      insert into email_template (name, subject, body_html, is_active)
      values ('Many', 'For {{ recipient_name }}', '<p>Hello {{ recipient_name }}</p>', true) returning id
    )
    insert into scheduled_communication
      (template_id, status, scheduled_date, target_type, target_id, recipient_email, recipient_name, channel, retry_count, created_at)
    select t.id, 'pending', current_date - 1, 'asset', n, 'person' || n || '@example.org', 'Person ' || n, 'email', 0, now()
      from t, generate_series(1, ${count}::integer) n`.execute(database.db);
}

/** What was begun; then what two minutes without the sender do, without the minutes. */
async function afterKill(database: OpenDatabase): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string; begun: boolean }>`
    update opsdeck_jobs.message set lease_until = now() - interval '1 second' where state = 'sending'
    returning id, begun_at is not null as begun`.execute(database.db);
  await sql`update opsdeck_jobs.channel set owner_until = now() - interval '1 second' where owner is not null`.execute(
    database.db,
  );
  await sql`
    update opsdeck_jobs.job_run set heartbeat_at = now() - interval '2 minutes' where status = 'running'`.execute(
    database.db,
  );
  return rows.filter(({ begun }) => begun).map(({ id }) => id);
}

onEachDatabase((harness) => {
  const [count, kills] = harness.kind === 'postgres' ? [1000, 10] : [300, 3];

  it('kill -9 in the middle of many mails: none lost, none pending for ever, repeats only of those in flight, and marked', async () => {
    const config = await harness.config();
    await visit(config, (database) => queueMails(database, count));
    const peer = await countingPeer();
    const env = {
      ...environmentFor(config),
      SMTP_SERVER: 'localhost',
      SMTP_PORT: String(peer.port),
      OPSDECK_JOBS_SMTP_STARTTLS: 'off',
      OPSDECK_JOBS_MAIL_FROM: 'opsdeck@example.org',
    };
    const options = { env, cwd: tmpdir() };
    const run = ['run-job', 'communications', '--json'];
    const inFlight = new Set<string>();
    for (let kill = 0; kill < kills; kill += 1) {
      const { child, ended } = startProgram(run, options);
      await Promise.race([peer.atLeast(peer.arrivals.length + Math.floor(count / (kills + 2))), ended]);
      child.kill('SIGKILL');
      await ended;
      const lost = await visit(config, afterKill);
      // Three for each of five connections, and as many that were just being recorded.
      expect(lost.length).toBeLessThanOrEqual(30);
      for (const id of lost) inFlight.add(id);
    }
    expect(inFlight.size).toBeGreaterThan(0);
    const last = await runProgram(run, options);
    expect(last).toMatchObject({ code: 0 });
    expect(last.stderr).not.toContain('Warning');

    const times = new Map<string, Arrival[]>();
    for (const one of peer.arrivals) times.set(one.id, [...(times.get(one.id) ?? []), one]);
    const { rows } = await visit(config, ({ db }) =>
      sql<{ id: string; state: string; status: string }>`
        select m.id, m.state, c.status from opsdeck_jobs.message m
          join scheduled_communication c on c.id = m.communication_id`.execute(db),
    );
    expect(rows).toHaveLength(count);
    const notSent = rows.filter(({ state }) => state !== 'sent');
    // A second doubt about the same mail is an operator's to decide.
    expect(notSent.every(({ id, state }) => state === 'unknown' && inFlight.has(id))).toBe(true);
    expect(rows.filter(({ id, state }) => state === 'sent' && !times.has(id))).toEqual([]);
    const repeated = [...times].filter(([, arrivals]) => arrivals.length > 1);
    expect(repeated.filter(([id]) => !inFlight.has(id))).toEqual([]);
    expect(repeated.flatMap(([, [, ...later]]) => later).filter(({ marked }) => !marked)).toEqual([]);
  }, 300_000);
});

onPostgres((harness) => {
  /** What OpsDeck's dispatcher does: a batch in one transaction, rows of others passed over, no context of ours. */
  async function opsDeck(database: OpenDatabase, sent: number[]): Promise<void> {
    for (;;) {
      const taken = await database.db.transaction().execute(async (trx) => {
        const { rows } = await sql<{ id: number }>`
          select id from scheduled_communication
           where status = 'pending' and scheduled_date <= date '2026-06-30'
             and (next_retry_at is null or next_retry_at <= timestamp '2026-06-30 22:30')
           limit 50 for update skip locked`.execute(trx);
        for (const { id } of rows) {
          sent.push(id);
          await turn();
          await sql`
            update scheduled_communication set status = 'sent', sent_at = timestamp '2026-06-30 22:30', next_retry_at = null
             where id = ${id}`.execute(trx);
        }
        return rows.length;
      });
      if (taken === 0) return;
    }
  }

  it("two senders beside OpsDeck's own dispatcher: no message twice, none left, none of ours without its text", async () => {
    const clock = { now: () => now };
    const database = await harness.fresh({ clock });
    const [second, third] = [
      await harness.second(database, { clock }),
      await harness.second(database, { clock }),
    ];
    const peer = await mailPeer({});
    const theirs: number[] = [];
    const waves = 4;
    let ours = 0;
    let fromOutbox = 0;
    for (let wave = 0; wave < waves; wave += 1) {
      await queueRows(
        database,
        Array.from({ length: 60 }, (_, at) => ({ to: `w${wave}-${at}@example.org` })),
        '2026-06-30',
      );
      const people = Array.from({ length: 20 }, (_, at) => ({
        kind: 'address' as const,
        email: `ours${wave}-${at}@example.org`,
      }));
      await enqueue(database, message({ recipients: people, dedupeKey: `wave ${wave}` }));
      ours += people.length;
      const [one, two] = await Promise.all([
        outboxFor(database, peer.port).deliver(),
        outboxFor(second, peer.port).deliver(),
        opsDeck(third, theirs),
      ]);
      fromOutbox += one.sent + two.sent;
    }
    const stored = await storedMessages(database);
    expect(stored.every(({ status }) => status === 'sent')).toBe(true);
    expect(new Set(theirs).size).toBe(theirs.length);
    expect(fromOutbox + theirs.length).toBe(stored.length);
    expect(peer.mails).toHaveLength(fromOutbox);
    expect(new Set(peer.mails.map(({ to }) => to[0])).size).toBe(fromOutbox);
    const mails = peer.mails.filter(({ to }) => to[0]?.startsWith('ours'));
    expect(mails).toHaveLength(ours);
    expect(mails.every(({ parsed }) => parsed.subject === '3 regressions')).toBe(true);
  });
});
