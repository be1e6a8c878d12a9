import type { StreamedTable } from '../../../src/job/report.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import type { Overview } from './read.ts';

/** The JSON document, without `schema`. */
export function overviewDocument(
  { compared, sections }: Overview,
  { database, zone }: { readonly database: string; readonly zone: string },
): JsonObject {
  const { present, before, complete } = compared;
  return {
    report: 'overview',
    database,
    timezone: zone,
    month: present.words,
    from: present.from.toISOString(),
    to: present.to.toISOString(),
    month_is_complete: complete,
    compared_with: before.words,
    sections: sections.map(({ title, lines, notChecked }) => ({
      title,
      not_checked: notChecked,
      lines: lines.map(({ what, value, of, before: then, detail, bad, next }) => ({
        what,
        value,
        of: of ?? null,
        before: then,
        detail,
        more_is_bad: bad,
        next,
      })),
    })),
  };
}

/** A row a number: what the CSV is made from. */
export function overviewRows({ compared, sections }: Overview): StreamedTable {
  return {
    kind: 'rows',
    columns: ['month', 'subject', 'what', 'value', 'of', 'month_before', 'value_before', 'detail', 'next'],
    rows: () =>
      sections.flatMap(({ title, lines, notChecked }) => {
        const month = [compared.present.words, title];
        if (notChecked !== null) return [[...month, 'not checked', '', '', '', '', notChecked, '']];
        return lines.map(({ what, value, of, before, detail, next }) => [
          ...[...month, what, String(value), of === undefined ? '' : String(of)],
          ...[compared.before.words, before === null ? '' : String(before), detail, next],
        ]);
      }),
  };
}
