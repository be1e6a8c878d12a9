import type { Cell, Tone } from './report.ts';

/** How bad a finding is, worst first: OpsDeck's words (`uar_finding.severity`), and those of the drift. */
export const severities = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof severities)[number];

/** Those that somebody should look at first. */
export const urgentSeverities = ['critical', 'high'] as const satisfies readonly Severity[];

const tones: ReadonlyMap<string, Tone> = new Map<Severity, Tone>([
  ['critical', 'bad'],
  ['high', 'warning'],
  ['medium', 'notice'],
]);

/** A word that is none of ours, as an older row may have one, is plain. */
export function severityTone(severity: string): Tone {
  return tones.get(severity) ?? 'plain';
}

export function severityCell(severity: string): Cell {
  return { text: severity, tone: severityTone(severity) };
}

/** Where it stands, the worst at 0; what has no severity comes after all. */
export function severityRank(severity: Severity | null): number {
  return severity === null ? severities.length : severities.indexOf(severity);
}
