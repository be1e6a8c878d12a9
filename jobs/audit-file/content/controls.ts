import { type Kysely, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { StreamedTable } from '../../../src/job/report.ts';
import type { ReportForms } from '../../../src/job/report-forms.ts';
import type { ReportOrigin } from '../../../src/job/report-page.ts';
import type { CatalogControl } from '../../compliance-drift/controls/find-control.ts';
import { countsOf } from '../../compliance-drift/period/counts.ts';
import { periodDocument } from '../../compliance-drift/period/document.ts';
import { periodPage, periodReport } from '../../compliance-drift/period/present.ts';
import type { ControlPeriod, PeriodScope } from '../../compliance-drift/period/read.ts';
import { type AuditFile, type AuditFormat, type AuditPart, reportFiles, tableFile } from './audit-list.ts';
import { controlTables } from './control-tables.ts';
import type { NumberedControl } from './numbered-control.ts';
import { tableForms } from './table-report.ts';

/** Numbers inside identifiers count as numbers: AC-2 before AC-10. */
const identifiers = new Intl.Collator('en', { numeric: true });

/** Every control of a framework, also those that do not apply, in the order of the file. One statement. */
export async function frameworkControls(
  db: Kysely<Database>,
  frameworkId: number,
): Promise<readonly CatalogControl[]> {
  const { rows } = await sql<CatalogControl>`
    select c.id, c.framework_id, f.name as framework, f.is_active, c.control_id, c.name, c.is_applicable,
           nullif(btrim(c.soa_justification), '') as justification
      from framework_control c join framework f on f.id = c.framework_id
     where f.id = ${frameworkId}::integer`.execute(db);
  return rows.sort((a, b) => identifiers.compare(a.control_id, b.control_id) || a.id - b.id);
}

const folder = '02-controls';

export function numbered(all: readonly ControlPeriod[]): readonly NumberedControl[] {
  return all.map((tested, index) => {
    const number = index + 1;
    const name = tested.control.control_id.replaceAll(/[^A-Za-z0-9._-]+|[.]{2,}/g, '_').slice(0, 60);
    return { number, page: `pages/${String(number).padStart(5, '0')}-${name}.html`, tested };
  });
}

const columns = [
  ...['number', 'control', 'name', 'applicable', 'status_at_start', 'status_at_end', 'changes', 'rules'],
  ...['expected', 'on_time', 'late', 'missing', 'recorded_later', 'not_counted'],
  ...['days_without_evaluation', 'page'],
];

function row({ number, page, tested }: NumberedControl, { last }: PeriodScope): readonly string[] {
  const { control, rules, initial, recorded, changes } = tested;
  const counts = countsOf(rules);
  return [
    ...[String(number), control.control_id, control.name, control.is_applicable ? 'yes' : 'no'],
    ...[initial, recorded.statusOn(last), String(changes.length), String(rules.length)],
    ...[counts.expected, counts.onTime, counts.late, counts.missing].map(String),
    ...[counts.recordedLater, counts.notCounted, recorded.withoutDays].map(String),
    page,
  ];
}

/** History, occurrences, evidence and decisions of every control: one list, a page for each control, and a table for each kind of row. */
export function controlsPart(
  controls: readonly NumberedControl[],
  scope: PeriodScope,
  format: AuditFormat,
): AuditPart {
  const { origin } = format;
  const list = tableForms(
    {
      title: 'Controls',
      about:
        'Every control of the framework with its number, which is the same in all tables; its page has the rest.',
      columns,
      rows: () => controls.map((one) => row(one, scope)),
    },
    origin,
  );
  const forms: ReportForms = {
    ...list,
    document: () => ({
      before: { report: 'controls' },
      list: { name: 'controls', items: documents(controls, scope, origin) },
    }),
  };
  const tables = controlTables(controls);
  const period = `${scope.first} to ${scope.last}`;
  return {
    missing: [],
    lists: [
      {
        place: `${folder}/controls`,
        title: 'Controls',
        source:
          'framework_control, compliance_rule, drift_snapshot, drift_event and the records that are evidence',
        filter: `every control of the framework; ${period}`,
        count: controls.length,
        files: [
          ...reportFiles(`${folder}/controls`, forms, format),
          ...controls.map((one) => pageFile(one, scope, format)),
        ],
      },
      ...tables.map(({ name, title, source, table, count }) => ({
        place: `${folder}/${name}`,
        title,
        source,
        filter: `of these controls; ${period}`,
        count,
        files: [tableFile(`${folder}/${name}.csv`, table, format)],
      })),
    ],
  };
}

async function* documents(
  controls: readonly NumberedControl[],
  scope: PeriodScope,
  { database }: ReportOrigin,
) {
  for (const { number, page, tested } of controls)
    yield { number, page, ...periodDocument(tested, scope, database) };
}

function pageFile(
  { number, page, tested }: NumberedControl,
  scope: PeriodScope,
  format: AuditFormat,
): AuditFile {
  const none = (): StreamedTable => ({ kind: 'rows', columns: [], rows: () => [] });
  const forms: ReportForms = {
    title: 'Control in a period',
    present: () => periodReport(tested, scope, format.origin.database),
    document: () => ({ before: {} }),
    rows: none,
    origin: () => format.origin,
    page: () => {
      const shown = periodPage(tested, scope);
      return { ...shown, facts: [['Number in this file', String(number)], ...shown.facts] };
    },
  };
  const [file] = reportFiles(`${folder}/${page.replace(/\.html$/, '')}`, forms, format, ['html']);
  if (file === undefined) throw new TypeError('A report has no file.');
  return file;
}
