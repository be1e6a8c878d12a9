import type { ReportDocument, StreamedTable } from '../../../src/job/report.ts';
import type { LoadedSource } from '../../../src/sources/source.ts';
import { mapped } from '../../../src/text/batches.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import type { FileComparison } from './file-comparison.ts';
import { conditionWords } from './filter.ts';
import type { StagedFinding } from './read-findings.ts';

/** The JSON document, without `schema`. */
export function comparisonDocument(
  comparison: FileComparison,
  findings: AsyncIterable<StagedFinding>,
): ReportDocument {
  return {
    before: summaryDocument(comparison),
    list: { name: 'findings', items: mapped(findings, findingDocument) },
  };
}

function summaryDocument(comparison: FileComparison): JsonObject {
  const { spec, summary } = comparison;
  const side = (file: string, source: LoadedSource): JsonObject => ({
    file,
    rows: source.rows,
    columns: [...source.columns],
    sha256: source.sha256,
    as_of: source.asOf?.toISOString() ?? null,
    warnings: [...source.warnings],
  });
  return {
    database: comparison.database,
    a: side(comparison.nameA, comparison.a),
    b: side(comparison.nameB, comparison.b),
    key: { a: spec.keyA, b: spec.keyB },
    where: {
      a: spec.settings.where.a.map(conditionWords),
      b: spec.settings.where.b.map(conditionWords),
    },
    sides: spec.settings.sides,
    fields: spec.mappings.map((mapping) => ({ ...mapping })),
    compared: summary.compared,
    counts: { ...summary.findings },
    severities: { ...comparison.bySeverity },
    excluded: {
      a: summary.excluded.a.count,
      b: summary.excluded.b.count,
      ...(comparison.excluded === null ? {} : { rows: comparison.excluded.map((row) => ({ ...row })) }),
    },
    unreported: summary.unreported,
    key_quality: summary.key_quality,
  };
}

/** One finding in the JSON document. */
function findingDocument(finding: StagedFinding): JsonObject {
  return {
    type: finding.finding_type,
    key: finding.key_text,
    severity: finding.severity,
    description: finding.description,
    differences: finding.differences?.map((difference) => ({ ...difference })) ?? null,
    a: finding.raw_data_a,
    b: finding.raw_data_b,
  };
}

const csvColumns = [
  'severity',
  'type',
  'key',
  'field_a',
  'field_b',
  'path',
  'kind',
  'value_a',
  'value_b',
  'description',
] as const;

/** One table, a row a difference: what the CSV is made from. */
export function comparisonRows(
  show: readonly string[],
  findings: () => AsyncIterable<StagedFinding>,
): StreamedTable {
  return { kind: 'rows', columns: [...csvColumns, ...show], rows: () => rowsOf(findings(), show) };
}

async function* rowsOf(
  findings: AsyncIterable<StagedFinding>,
  show: readonly string[],
): AsyncGenerator<readonly string[]> {
  for await (const finding of findings) {
    const shown = show.map((name) => shownValue(finding, name));
    for (const row of csvRows(finding)) yield [...row, ...shown];
  }
}

/** A row a difference, or one for a finding without any. */
function csvRows(finding: StagedFinding): readonly (readonly string[])[] {
  const { severity, finding_type, key_text, description } = finding;
  const differences = finding.differences ?? [];
  if (differences.length === 0)
    return [[severity, finding_type, key_text, '', '', '', '', '', '', description]];
  return differences.map(({ field_a, field_b, path, kind, value_a, value_b }) => [
    severity,
    finding_type,
    key_text,
    field_a,
    field_b,
    path,
    kind,
    cell(value_a),
    cell(value_b),
    description,
  ]);
}

/** Of A where it has the column, else of B; of several rows of a key none. */
function shownValue({ finding_type, raw_data_a, raw_data_b }: StagedFinding, name: string): string {
  if (finding_type.startsWith('Duplicate')) return '';
  const found = [raw_data_a, raw_data_b].map((row) =>
    typeof row === 'object' && row !== null && !Array.isArray(row) ? (row[name] ?? null) : null,
  );
  return cell(found.find((value) => value !== null) ?? null);
}

function cell(value: unknown): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
