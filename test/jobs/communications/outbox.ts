import { sql } from 'kysely';
import { onTestFinished } from 'vitest';
import { jobs } from '../../../jobs/index.ts';
import type { Config } from '../../../src/config/config.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { openOutbox } from '../../../src/notify/outbox/open-outbox.ts';
import type { Clock } from '../../../src/time/clock.ts';
import type { DatabaseHarness } from '../../support/databases.ts';
import { testEnvironment } from '../../support/runner.ts';

/** A row as OpsDeck would queue it; a template of one line is made with it. */
export interface QueuedRow {
  readonly channel?: string;
  readonly to?: string | null;
  readonly subject?: string;
  readonly body?: string;
  readonly template?: 'none' | 'inactive';
  readonly targetType?: string;
  readonly targetId?: number;
  readonly scheduled?: string;
  readonly status?: string;
  readonly retryCount?: number | null;
  readonly recipientUserId?: number;
  readonly eventRuleId?: number;
  readonly auditLogId?: number;
}

/** Puts rows into OpsDeck's queue, one statement each; returns their ids. */
export async function queueRows(
  database: OpenDatabase,
  rows: readonly QueuedRow[],
  today = '2026-11-24',
): Promise<readonly number[]> {
  const ids: number[] = [];
  for (const [at, row] of rows.entries()) {
    const name = `t${at}-${Math.random()}`;
    const { rows: made } = await sql<{ id: number }>`
      with t as (
        insert into email_template (name, subject, body_html, category, is_active, is_system)
        select ${name}, ${row.subject ?? 'Hello'}, ${row.body ?? '<p>Hello</p>'}, 'general', ${row.template !== 'inactive'}, false
         where ${row.template !== 'none'}
        returning id
      )
      insert into scheduled_communication
        (template_id, status, scheduled_date, target_type, target_id, recipient_email, recipient_name, channel, retry_count, created_at,
         recipient_user_id, event_rule_id, audit_log_id)
      values ((select id from t), ${row.status ?? 'pending'}, ${row.scheduled ?? today}::date, ${row.targetType ?? 'asset'},
              ${row.targetId ?? 1}, ${row.to === undefined ? 'ana@example.org' : row.to}, 'Ana', ${row.channel ?? 'email'},
              ${row.retryCount === undefined ? 0 : row.retryCount}::integer, timestamp '2026-01-01',
              ${row.recipientUserId ?? null}::integer, ${row.eventRuleId ?? null}::integer, ${row.auditLogId ?? null}::integer)
      returning id`.execute(database.db);
    ids.push(...made.map(({ id }) => id));
  }
  return ids;
}

/** Makes all that waits in OpsDeck's queue messages of a job. */
export async function makeOurs(database: OpenDatabase): Promise<void> {
  await sql`
    with ours as (
      insert into opsdeck_jobs.message
        (communication_id, run_id, job, event_code, channel, destination, dedupe_key, context, created_at, due_at)
      select id, '5b0c6a52-6f0e-4b6e-9df2-1c1f0f6a7a11', 'compliance-drift', 'TEST', channel,
             coalesce(recipient_email, channel), 'test:' || id, '{}', scheduled_date, scheduled_date
        from scheduled_communication where status = 'pending' and next_retry_at is null
      returning communication_id)
    update scheduled_communication c set next_retry_at = timestamp '9999-01-01' from ours where c.id = ours.communication_id`.execute(
    database.db,
  );
}

/** The same database as the role of the manual, for what the outbox does. */
const asRunner = new WeakMap<OpenDatabase, OpenDatabase>();

/** As the owner of OpsDeck's tables; {@link outboxFor} sends from it with the rights of the manual. */
export async function newOutboxDatabase(harness: DatabaseHarness, clock: Clock): Promise<OpenDatabase> {
  const database = await harness.fresh({ clock, granted: true });
  asRunner.set(database, await harness.asRunner(database, clock));
  return database;
}

/** The outbox on a mail server of the test. */
export function outboxFor(
  database: OpenDatabase,
  mailPort: number | undefined,
  changes: Partial<Config> = {},
) {
  const base = testEnvironment(asRunner.get(database) ?? database, jobs);
  const email = {
    ...base.config.channels['email'],
    server: 'localhost',
    port: mailPort ?? 0,
    starttls: 'off',
    from: 'opsdeck@example.org',
  };
  const config: Config = {
    ...base.config,
    allowPrivateDestinations: true,
    ...changes,
    channels: { ...base.config.channels, ...(mailPort === undefined ? {} : { email }), ...changes.channels },
  };
  const outbox = openOutbox({ ...base, config });
  onTestFinished(async () => (await outbox).close());
  return {
    environment: base,
    deliver: async (signal = new AbortController().signal, maxAgeMs = 72 * 3_600_000, adopt = true) =>
      (await outbox).deliver({ what: { kind: 'due', maxAgeMs, adopt }, signal, progress: () => {} }),
  };
}

export interface StoredMessage {
  readonly id: number;
  readonly status: string;
  readonly parked: boolean;
  readonly retry_count: number | null;
  readonly error_message: string | null;
  readonly state: string | null;
  readonly possible_repeat: boolean | null;
  readonly next_attempt_at: Date | null;
}

/** What the database says of every message, OpsDeck's half and ours. */
export async function storedMessages(database: OpenDatabase): Promise<readonly StoredMessage[]> {
  const { rows } = await sql<StoredMessage>`
    select c.id, c.status, coalesce(c.next_retry_at >= timestamp '9999-01-01', false) as parked, c.retry_count, c.error_message,
           m.state, m.possible_repeat, m.next_attempt_at
      from scheduled_communication c left join opsdeck_jobs.message m on m.communication_id = c.id
     order by c.id`.execute(database.db);
  return rows;
}
