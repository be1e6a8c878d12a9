import { sql } from 'kysely';
import type { OpenDatabase } from '../../src/db/database.ts';
import { createNotifier } from '../../src/notify/create-notifier.ts';
import type { EventRoutings } from '../../src/notify/event-routing.ts';
import type { OutgoingMessage } from '../../src/notify/notifier.ts';
import type { Zones } from '../../src/time/zones.ts';

export const runId = '0b8f6a52-6f0e-4b6e-9df2-1c1f0f6a7a11';
/** Just before midnight UTC: another date in the business zone, another wall clock in the stored one. */
export const now = new Date('2026-06-30T22:30:00Z');
const zones: Zones = { business: 'Europe/Madrid', stored: 'America/New_York' };

/** A message to all administrators. */
export function message(change: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    event: {
      code: 'COMPLIANCE_DRIFT',
      name: 'Compliance drift',
      description: 'Controls got worse.',
      channels: ['email'],
      daysOffset: 3,
    },
    template: {
      name: 'Drift',
      subject: '{{ total }} regressions',
      bodyHtml: '<p>{{ total }}</p>',
      category: 'compliance',
    },
    recipients: [{ kind: 'role', role: 'admin' }],
    targetType: 'compliance_audit',
    targetId: 7,
    context: { total: 3, names: ['Ünïcode "quoted" \\ 🙂'] },
    dedupeKey: 'drift:7',
    ...change,
  };
}

export function notifierFor(options: { readonly dryRun?: boolean; readonly routings?: EventRoutings } = {}) {
  return createNotifier({
    jobName: 'compliance-drift',
    runId,
    clock: { now: () => now },
    zones,
    dryRun: options.dryRun === true,
    routings: options.routings ?? new Map(),
  });
}

/** Queues in a transaction of its own. */
export function enqueue(database: OpenDatabase, outgoing = message(), notifier = notifierFor()) {
  return database.db.transaction().execute((trx) => notifier.enqueue(trx, outgoing));
}

interface NewUser {
  readonly name?: string;
  readonly role?: string;
  readonly archived?: boolean;
}

export async function addUser(database: OpenDatabase, email: string, user: NewUser = {}): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into "user" (name, email, role, is_archived, hide_from_org_chart)
    values (${user.name ?? email}, ${email}, ${user.role ?? 'admin'}, ${user.archived === true}, false) returning id
  `.execute(database.db);
  return rows[0]?.id ?? 0;
}

export async function addEvent(
  database: OpenDatabase,
  event: {
    readonly channels?: string | null;
    readonly enabled?: boolean;
    readonly slack?: string;
    readonly templateId?: number;
  } = {},
): Promise<void> {
  await sql`
    insert into notification_event (event_code, name, enabled, channels, slack_target_channel, template_id, days_offset)
    values ('COMPLIANCE_DRIFT', 'Ours', ${event.enabled ?? true}, ${event.channels ?? null}::json,
            ${event.slack ?? null}, ${event.templateId ?? null}, 7)
  `.execute(database.db);
}

export async function addTemplate(
  database: OpenDatabase,
  template: { readonly name?: string; readonly active?: boolean } = {},
): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into email_template (name, subject, body_html, category, is_active, is_system)
    values (${template.name ?? 'Drift'}, 'Customised', 'By an administrator', 'general', ${template.active ?? true}, false)
    returning id
  `.execute(database.db);
  return rows[0]?.id ?? 0;
}

/** A row of any table of ours and OpsDeck's. */
interface Row extends Record<string, unknown> {
  readonly id: unknown;
}

export async function allRows(database: OpenDatabase, table: string): Promise<Row[]> {
  const { rows } = await sql<Row>`select * from ${sql.table(table)} order by id`.execute(database.db);
  return rows;
}

/** How much is queued, and how many rows of one table have none in the other. */
export async function queueOf(database: OpenDatabase) {
  const { rows } = await sql<{ communications: number; messages: number; orphans: number }>`
    select (select count(*)::int from scheduled_communication) as communications,
           (select count(*)::int from opsdeck_jobs.message) as messages,
           (select count(*)::int from scheduled_communication c
             full join opsdeck_jobs.message m on m.communication_id = c.id
             where c.id is null or m.id is null) as orphans
  `.execute(database.db);
  return rows[0];
}

/** The named columns of each row, in the order of the names. */
export function columns(rows: readonly Record<string, unknown>[], ...names: readonly string[]): unknown[][] {
  return rows.map((row) => names.map((name) => row[name]));
}
