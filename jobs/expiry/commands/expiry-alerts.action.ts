import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { printReport } from '../../../src/cli/runs/print-report.ts';
import { readCount } from '../../../src/cli/runs/read-count.ts';
import { withSession } from '../../../src/cli/session.ts';
import { withEnteredBy } from '../../../src/decisions/entered-by.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import type { Report, ReportBlock } from '../../../src/job/report.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { holdDocument, readHolds, replacedEnd } from '../holds.sql.ts';
import { readRecordedAlerts } from '../recorded-alerts.sql.ts';

/** As typed. */
export interface ExpiryAlertsOptions {
  readonly limit: string;
  readonly json?: boolean;
}

/** `expiry alerts`: recent alerts with their recipients, and what is snoozed or acknowledged. */
export async function listAlerts(
  io: Io,
  globals: GlobalOptions,
  options: ExpiryAlertsOptions,
): Promise<ExitCode> {
  const limit = readCount(options.limit, '--limit', 1000);
  const json = options.json === true;
  return withSession(io, globals, { quiet: json }, async ({ database, zones }) => {
    const { db, clock, label } = database;
    const alerts = await readRecordedAlerts(db, { item: null, limit });
    const holds = await readHolds(db, dayOf(clock.now(), zones.business));
    if (json) {
      writeJson(io, {
        database: label,
        alerts: alerts.map((one) => ({ ...one, recorded_at: one.recorded_at.toISOString() })),
        holds: holds.map(holdDocument),
      });
      return ExitCode.ok;
    }
    const tables: ReportBlock[] = [];
    if (alerts.length > 0) {
      tables.push({
        kind: 'table',
        columns: ['Recorded', 'Item', 'Name', 'Date', 'Days', 'To', 'Message'],
        rows: alerts.map((one) => [
          wallClock(one.recorded_at, zones.business),
          `${one.kind}:${one.id}`,
          one.name ?? '(deleted)',
          one.expires_on,
          String(one.threshold),
          one.destination,
          { text: one.message_state ?? one.state, tone: one.state === 'failed' ? 'bad' : 'plain' },
        ]),
      });
    }
    if (holds.length > 0) {
      tables.push(
        { kind: 'heading', text: 'Snoozed, acknowledged or renewed' },
        {
          kind: 'table',
          columns: ['Item', 'Until', 'Reason', 'By'],
          rows: holds.map((one) => [
            `${one.kind}:${one.id}`,
            one.through ??
              (one.renewed_on === null
                ? `its date changes (${one.key})`
                : `renewed on ${one.renewed_on}${replacedEnd(one.key)}`),
            one.reason ?? '',
            withEnteredBy(one.actor, one.entered_by),
          ]),
        },
      );
    }
    const report: Report =
      tables.length > 0
        ? tables
        : [{ kind: 'line', text: 'No alerts were sent, and no item is snoozed or acknowledged.' }];
    printReport(io, report);
    return ExitCode.ok;
  });
}
