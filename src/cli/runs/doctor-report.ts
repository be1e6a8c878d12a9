import type { ConfigEntry } from '../../config/entries.ts';
import type { CheckedSubject, Severity } from '../../doctor/finding.ts';
import type { Report, ReportBlock, Tone } from '../../job/report.ts';
import { count } from '../../text/count.ts';
import type { Json } from '../../text/json.ts';
import { valueWords } from './value-words.ts';

const tones: Readonly<Record<Severity, Tone>> = { problem: 'bad', warning: 'warning', note: 'plain' };

/** A note is no reason for exit code 4. */
export function isWrong(checked: readonly CheckedSubject[]): boolean {
  return checked.some(({ findings }) => findings.some(({ severity }) => severity !== 'note'));
}

/** For people: the values that are set, then the worst first, each with what fixes it. */
export function doctorReport(checked: readonly CheckedSubject[], values: readonly ConfigEntry[]): Report {
  const severities: readonly Severity[] = ['problem', 'warning', 'note'];
  const blocks = severities.flatMap((severity) =>
    checked.flatMap(({ subject, findings }) =>
      findings
        .filter((one) => one.severity === severity)
        .flatMap(({ what, fix }): ReportBlock[] => [
          { kind: 'line', text: `${severity}: ${subject}: ${what}`, tone: tones[severity] },
          ...(fix === null ? [] : [{ kind: 'line', text: `  Next: ${fix}` } as const]),
        ]),
    ),
  );
  const skipped = checked.flatMap(({ subject, skipped: why }) =>
    why === undefined ? [] : [`${subject} (${why})`],
  );
  const subjects = [
    ...new Set(checked.filter(({ skipped: why }) => why === undefined).map(({ subject }) => subject)),
  ];
  return [
    ...settings(values),
    ...blocks,
    { kind: 'line', text: `Checked: ${subjects.join(', ')}.` },
    ...(skipped.length === 0 ? [] : [{ kind: 'line', text: `Not checked: ${skipped.join(', ')}.` } as const]),
    { kind: 'line', text: `Found: ${severities.map((one) => count(of(checked, one), one)).join(', ')}.` },
  ];
}

export function doctorDocument(checked: readonly CheckedSubject[]): Readonly<Record<string, Json>> {
  return {
    problems: of(checked, 'problem'),
    warnings: of(checked, 'warning'),
    notes: of(checked, 'note'),
    checks: checked.map(({ subject, findings, skipped = null }) => ({
      subject,
      skipped,
      findings: findings.map(({ severity, what, fix }) => ({ severity, what, fix })),
    })),
  };
}

function of(checked: readonly CheckedSubject[], severity: Severity): number {
  return checked.flatMap(({ findings }) => findings).filter((one) => one.severity === severity).length;
}

/** Where each value comes from; those that nobody set are counted. */
function settings(values: readonly ConfigEntry[]): readonly ReportBlock[] {
  const set = values.filter(({ origin }) => origin !== 'default');
  const rows = set.map(({ name, value, origin }) => [name, valueWords(value), origin]);
  const others = `${count(values.length - set.length, 'value has its default', 'values have their defaults')}; \`config show\` lists all.`;
  return [
    ...(rows.length === 0 ? [] : [{ kind: 'table', columns: ['setting', 'value', 'from'], rows } as const]),
    { kind: 'line', text: others },
  ];
}
