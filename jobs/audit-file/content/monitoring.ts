import type { Kysely } from 'kysely';
import type { Period } from '../../../src/cli/runs/read-period.ts';
import type { Database } from '../../../src/db/tables.ts';
import type { Day } from '../../../src/time/day.ts';
import { changesDocument, changesRows } from '../../changes/report/document.ts';
import { changesReport } from '../../changes/report/present.ts';
import type { MonitoringChanges } from '../../changes/report/read.ts';
import type { EvaluationScope } from '../../compliance-drift/evaluate.sql.ts';
import { soaDocument, soaPage, soaReport, soaRows } from '../../compliance-drift/soa/present.ts';
import { readApplicability } from '../../compliance-drift/soa/read.ts';
import { disposalDocument, disposalRows } from '../../data-retention/report/document.ts';
import { disposalReport } from '../../data-retention/report/present.ts';
import type { DisposalReport } from '../../data-retention/report/read.ts';
import { type AuditFormat, type AuditPart, reportFiles } from './audit-list.ts';

/** The Statement of Applicability as it is when the file is made. */
export async function soaPart(
  db: Kysely<Database>,
  evaluation: EvaluationScope,
  today: Day,
  format: AuditFormat,
): Promise<AuditPart> {
  const soa = await readApplicability(db, evaluation);
  const { origin } = format;
  const scope = { database: origin.database, zone: origin.zone, today };
  const place = '03-statement-of-applicability';
  const files = reportFiles(
    place,
    {
      title: 'Statement of Applicability',
      present: () => soaReport(soa, scope),
      document: () => ({ before: soaDocument(soa, scope) }),
      rows: () => soaRows(soa),
      origin: () => origin,
      page: () => soaPage(soa, scope),
    },
    format,
  );
  return {
    missing: [],
    lists: [
      {
        place,
        title: 'Statement of Applicability',
        source: 'framework_control, audit_log and opsdeck_jobs.drift_event',
        filter: `every control of the framework, as of ${today}`,
        count: soa.controls.length,
        files,
      },
    ],
  };
}

/** What data-retention removed in the period. */
export function deletionPart(report: DisposalReport, period: Period, format: AuditFormat): AuditPart {
  const place = '09-deletion-log';
  const { origin } = format;
  const archives = report.disposals.reduce((sum, one) => sum + one.archives.length, 0);
  return {
    missing: report.unreadable.map((id) => ({
      what: `archive ${id} of the deletion log`,
      why: 'Its manifest cannot be read; See `verify archives`.',
    })),
    lists: [
      {
        place,
        title: 'Deletion log',
        source: 'opsdeck_jobs.archive_manifest',
        filter: `archived or deleted ${period.words}; a row an archive`,
        count: archives,
        files: reportFiles(
          place,
          {
            title: 'Data retention',
            present: () => disposalReport(report, true),
            document: () => ({ before: disposalDocument(report, origin.database) }),
            rows: () => disposalRows(report),
            origin: () => origin,
          },
          format,
        ),
      },
    ],
  };
}

/** What changed in the monitoring itself. */
export function changesPart(changes: MonitoringChanges, period: Period, format: AuditFormat): AuditPart {
  const place = '11-changes-of-the-monitoring';
  const { origin } = format;
  const { settings, hosts, decisions, rules } = changes;
  return {
    missing: [],
    lists: [
      {
        place,
        title: 'Changes of the monitoring',
        source: 'opsdeck_jobs.job_run, run_settings, action_log and drift_event',
        filter: period.words,
        count:
          settings.length +
          hosts.reduce((sum, { values }) => sum + values.length, 0) +
          decisions.length +
          rules.length,
        files: reportFiles(
          place,
          {
            title: 'Changes of the monitoring',
            present: () => changesReport(changes, origin.zone),
            document: () => ({ before: changesDocument(changes, origin.database) }),
            rows: () => changesRows(changes),
            origin: () => origin,
          },
          format,
        ),
      },
    ],
  };
}
