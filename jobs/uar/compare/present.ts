import type { Cell, Report, ReportBlock, Tone } from '../../../src/job/report.ts';
import { severities, severityCell } from '../../../src/job/severity.ts';
import type { FileComparison } from './file-comparison.ts';
import type { StagedFinding } from './read-findings.ts';
import { scopeOf } from './scope.ts';
import type { KeyQuality } from './summary.ts';

/** For people: what was compared, what is to be known about the keys, the findings that are listed. */
export function comparisonReport(comparison: FileComparison, listed: readonly StagedFinding[]): Report {
  const { bySeverity, spec, summary, nameA, nameB } = comparison;
  const total = severities.reduce((sum, severity) => sum + bySeverity[severity], 0);
  const counts = severities
    .filter((severity) => bySeverity[severity] > 0)
    .map((severity) => `${number(bySeverity[severity])} ${severity}`);
  const fields = spec.mappings.map(({ field_a, field_b }) =>
    field_a === field_b ? field_a : `${field_a} with ${field_b}`,
  );
  return [
    line(`A: ${nameA}, ${counted(summary.rows.a, 'row')}. B: ${nameB}, ${counted(summary.rows.b, 'row')}.`),
    line(
      `${counted(summary.compared, 'key')} in both; compared: ${fields.length === 0 ? 'which keys are there' : fields.join(', ')}.`,
    ),
    ...comparisonNotes(comparison).map((text) => line(text, 'warning')),
    total === 0
      ? line('No differences.', 'good')
      : line(`${counted(total, 'finding')}: ${counts.join(', ')}.`, 'bad'),
    ...(listed.length === 0 ? [] : [findingTable(listed)]),
    ...(listed.length < total
      ? [line(`${number(listed.length)} of ${number(total)}; --limit shows more, --format csv all.`)]
      : []),
    ...excludedTable(comparison),
  ];
}

function findingTable(findings: readonly StagedFinding[]): ReportBlock {
  return {
    kind: 'table',
    columns: ['Severity', 'Type', 'Key', 'What'],
    rows: findings.map(({ severity, finding_type, key_text, description }): (string | Cell)[] => [
      severityCell(severity),
      finding_type,
      key_text,
      description,
    ]),
  };
}

function excludedTable({ excluded, summary, nameA, nameB }: FileComparison): readonly ReportBlock[] {
  if (excluded === null) return [];
  const total = summary.excluded.a.count + summary.excluded.b.count;
  if (total === 0) return [line('No row is excluded.')];
  return [
    { kind: 'heading', text: 'Excluded rows' },
    {
      kind: 'table',
      columns: ['File', 'Row', 'Key', 'What the filter read'],
      rows: excluded.map(({ side, row, key, why }) => [
        side === 'a' ? nameA : nameB,
        number(row),
        key ?? '',
        why,
      ]),
    },
    ...(excluded.length < total
      ? [line(`${number(excluded.length)} of ${number(total)}; --limit shows more.`)]
      : []),
  ];
}

/** Sentences that nobody should overlook: rows that were not compared, keys that only look the same. */
export function comparisonNotes({ a, b, nameA, nameB, spec, summary }: FileComparison): readonly string[] {
  const quality = summary.key_quality;
  const names = { a: nameA, b: nameB };
  const sides = (['a', 'b'] as const).flatMap((side) => {
    const { empty, duplicates } = quality[side];
    return [
      ...(empty.count === 0
        ? []
        : [
            `${names[side]}: ${counted(empty.count, 'row')} without a key not compared${side === 'b' && spec.settings.sides !== 'left' ? ' but reported' : ''} (${rows(empty)}).`,
          ]),
      ...(duplicates.keys === 0
        ? []
        : [
            `${names[side]}: ${counted(duplicates.keys, 'key')} in ${number(duplicates.rows)} rows; they are findings and not compared.`,
          ]),
    ];
  });
  const near = quality.near_misses;
  const [example] = near.sample;
  const looks =
    near.count === 0 || example === undefined
      ? []
      : [
          `${counted(near.count, 'key')} without a partner would have one but for white space, capital letters, accents or characters that look alike, such as '${example.key_a}' and '${example.key_b}'; see --trim, --ignore-case and --nfc.`,
        ];
  const types = quality.not_of_type.map(
    ({ side, field, type, count, sample }) =>
      `${names[side]}: ${counted(count, 'value')} of ${field} compared as text, not ${type}: ${sample.map((value) => `'${value}'`).join(', ')}${count > sample.length ? ', …' : ''}.`,
  );
  const scope = scopeOf(summary, spec.settings, names);
  return [...a.warnings, ...b.warnings, ...scope, ...sides, ...looks, ...types];
}

function rows({ count, sample_rows }: KeyQuality['a']['empty']): string {
  return `${count === 1 ? 'row' : 'rows'} ${sample_rows.join(', ')}${count > sample_rows.length ? ', …' : ''}`;
}

function line(text: string, tone?: Tone): ReportBlock {
  return { kind: 'line', text, ...(tone === undefined ? {} : { tone }) };
}

const number = (value: number) => value.toLocaleString('en-US');

function counted(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
}
