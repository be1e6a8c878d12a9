import { type Kysely, sql } from 'kysely';
import type { Period } from '../../../src/cli/runs/read-period.ts';
import type { Database } from '../../../src/db/tables.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';
import type { StreamedTable } from '../../../src/job/report.ts';
import type { ReportForms } from '../../../src/job/report-forms.ts';
import { firstOf } from '../../../src/text/batches.ts';
import type { Json, JsonObject } from '../../../src/text/json.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { type Population, readPopulation } from '../../uar/population/read-population.ts';
import { reviewDocument, reviewRows } from '../../uar/report/document.ts';
import { populationDocument, populationReport, populationRows } from '../../uar/report/population-report.ts';
import { reviewReport } from '../../uar/report/present.ts';
import { type ReviewReport, type ReviewScope, readReviewReport } from '../../uar/report/read.ts';
import type { Mask } from '../people/mask.ts';
import {
  type AuditFormat,
  type AuditList,
  type AuditPart,
  type NotIncluded,
  reportFiles,
} from './audit-list.ts';
import { tableForms } from './table-report.ts';

const folder = '04-access-reviews';

/** How many rows the pages for reading list; the tables for testing have all. */
const listed = 500;

interface ReviewPlace {
  readonly number: number;
  readonly id: number;
  readonly base: string;
  readonly report: ReviewReport;
  readonly population: Population | null;
}

/**
 * Every execution that ended in the period: its findings with decisions, exceptions and sign-off as they were, and its population.
 *
 * @param whole masks a text that is a person as a whole; null: names stay.
 */
export async function reviewsPart(
  db: Kysely<Database>,
  { period, zones, whole }: { readonly period: Period; readonly zones: Zones; readonly whole: Mask | null },
  format: AuditFormat,
): Promise<AuditPart> {
  const scope: ReviewScope = { database: format.origin.database, zone: zones.business };
  const { ids, foreign } = await readExecutions(db, period, zones);
  const missing: NotIncluded[] = foreign.map((id) => ({
    what: `access review, execution ${id}`,
    why: 'OpsDeck itself made it, and does not keep what an execution saw.',
  }));
  const places: ReviewPlace[] = [];
  for (const [index, id] of ids.entries()) {
    const number = index + 1;
    const report = await readReviewReport(db, zones, id);
    const population = await readPopulation(db, report.summary.review).catch((error: unknown) => {
      if (!(error instanceof OperatorError)) throw error;
      missing.push({ what: `population of execution ${id}`, why: error.message });
      return null;
    });
    const base = `${folder}/${String(number).padStart(4, '0')}-execution-${id}`;
    places.push({ number, id, base, report, population });
  }
  return {
    missing,
    lists: [
      overview(places, period, format),
      ...places.flatMap((place) => reviewLists(place, { scope, whole }, format)),
    ],
  };
}

/** In the order in which they ended. One statement. */
async function readExecutions(
  db: Kysely<Database>,
  { from, to }: Period,
  { stored }: Zones,
): Promise<{ readonly ids: readonly number[]; readonly foreign: readonly number[] }> {
  const within = (column: ReturnType<typeof sql>) =>
    sql`${column} between ${from.toISOString()}::timestamptz and ${to.toISOString()}::timestamptz`;
  const { rows } = await sql<{ id: number; ours: boolean }>`
    select id, ours from (
      select execution_id as id, finished_at as at, true as ours from opsdeck_jobs.uar_execution_record
      union all
      select e.id, coalesce(e.completed_at, e.started_at) at time zone ${stored}::text, false from public.uar_execution e
       where e.status <> 'running'
         and not exists (select from opsdeck_jobs.uar_execution_record x where x.execution_id = e.id)
    ) x where ${within(sql`x.at`)} order by x.at, x.id`.execute(db);
  return {
    ids: rows.filter(({ ours }) => ours).map(({ id }) => id),
    foreign: rows.filter(({ ours }) => !ours).map(({ id }) => id),
  };
}

function overview(places: readonly ReviewPlace[], period: Period, format: AuditFormat): AuditList {
  const forms = tableForms(
    {
      title: 'Access reviews',
      about: 'Every execution that ended in the period. A folder has its findings and its population.',
      columns: [
        ...['number', 'execution', 'comparison', 'outcome', 'finished_at', 'findings'],
        ...['signed_by', 'signed_at', 'unchanged', 'folder'],
      ],
      rows: () =>
        places.map(({ number, id, base, report: { summary } }) => [
          ...[String(number), String(id), summary.review.comparison ?? String(summary.review.comparison_id)],
          ...[summary.review.outcome, summary.review.finished_at.toISOString(), String(findingsOf(summary))],
          ...[summary.signOff?.email ?? '', summary.signOff?.at.toISOString() ?? ''],
          summary.signOff === null ? '' : summary.signOff.unchanged ? 'yes' : 'no',
          base,
        ]),
    },
    format.origin,
  );
  return {
    place: `${folder}/reviews`,
    title: 'Access reviews',
    source: 'opsdeck_jobs.uar_execution_record and uar_sign_off',
    filter: `ended ${period.words}`,
    count: places.length,
    files: reportFiles(`${folder}/reviews`, forms, format),
  };
}

function findingsOf({ counts }: ReviewReport['summary']): number {
  return counts.reduce((sum, { total }) => sum + total, 0);
}

function reviewLists(
  { id, base, report, population }: ReviewPlace,
  { scope, whole }: { readonly scope: ReviewScope; readonly whole: Mask | null },
  format: AuditFormat,
): readonly AuditList[] {
  const { review } = report.summary;
  const origin = () => format.origin;
  const shown = whole === null ? report : maskedReview(report, whole);
  const findings: ReportForms = {
    title: 'Access review',
    present: async () => reviewReport(shown.summary, await firstOf(shown.findings(), listed), scope),
    document: () => reviewDocument(shown, scope),
    rows: () => reviewRows(shown),
    origin,
  };
  const name = review.comparison ?? `comparison ${review.comparison_id}`;
  const lists: AuditList[] = [
    {
      place: `${base}/findings`,
      title: `Findings of execution ${id}, ${name}`,
      source: 'opsdeck_jobs.uar_observation and the decisions about them',
      filter: 'every finding, as it was when the execution was signed; else as it is now',
      count: findingsOf(report.summary),
      files: reportFiles(`${base}/findings`, findings, format),
    },
  ];
  if (population === null) return lists;
  const people = whole === null ? population : maskedPopulation(population, whole);
  const rows: ReportForms = {
    title: 'Population of an access review',
    present: async () => populationReport(review, people, await firstOf(people.rows(), listed), scope),
    document: () => populationDocument(review, people, scope),
    rows: (): StreamedTable => populationRows(review, people),
    origin,
  };
  return [
    ...lists,
    {
      place: `${base}/population`,
      title: `Population of execution ${id}, ${name}`,
      source: 'opsdeck_jobs.uar_population',
      filter: 'every row that the execution read, on both sides',
      count: population.totals.a.rows + population.totals.b.rows,
      files: reportFiles(`${base}/population`, rows, format),
    },
  ];
}

/** A key is a person, and the values of a row may be one: the first has a pseudonym, the others are not shown. */
function maskedReview(report: ReviewReport, whole: Mask): ReviewReport {
  const { summary } = report;
  return {
    summary: {
      ...summary,
      exceptions: summary.exceptions.map((one) => ({ ...one, key: whole(one.key) })),
      review: { ...summary.review, key_quality: null },
    },
    findings: async function* () {
      for await (const one of report.findings()) {
        yield {
          ...one,
          key: whole(one.key),
          affected_user: one.affected_user === null ? null : whole(one.affected_user),
          data_a: hiddenValues(one.data_a),
          data_b: hiddenValues(one.data_b),
          differences: hiddenValues(one.differences),
        };
      }
    },
  };
}

function maskedPopulation({ totals, rows }: Population, whole: Mask): Population {
  return {
    totals,
    rows: async function* () {
      for await (const row of rows()) {
        yield {
          ...row,
          key: whole(row.key),
          shown: row.shown === null ? null : hiddenObject(row.shown),
          why: null,
        };
      }
    },
  };
}

const hidden = '[not shown with pseudonyms]';

function hiddenValues(value: Json): Json {
  if (value === null) return null;
  if (typeof value !== 'object') return hidden;
  return isList(value) ? value.map(hiddenValues) : hiddenObject(value);
}

function hiddenObject(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.keys(value).map((name) => [name, hidden]));
}

function isList(value: JsonObject | readonly Json[]): value is readonly Json[] {
  return Array.isArray(value);
}
