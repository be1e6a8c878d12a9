import type { Picture } from '../../../src/job/report-page.ts';
import { severities } from '../../../src/job/severity.ts';
import type { FindingInReport } from './due.ts';

/** In calendar days, both included. */
const ranges = [
  { name: 'up to 7 days', most: 7 },
  { name: '8 to 30 days', most: 30 },
  { name: '31 to 90 days', most: 90 },
  { name: 'more than 90 days', most: Number.POSITIVE_INFINITY },
];
const unknown = 'age not known';

/** How many findings have each severity, by the name of their range of ages. */
export type FindingAges = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Reads every finding; memory does not grow with them. */
export async function countAges(findings: AsyncIterable<FindingInReport>): Promise<FindingAges> {
  const ages = new Map(ranges.map(({ name }) => [name, new Map<string, number>()]));
  for await (const { age_days: days, severity } of findings) {
    const name = ranges.find(({ most }) => days !== null && days <= most)?.name ?? unknown;
    const counts = ages.get(name) ?? new Map<string, number>();
    ages.set(name, counts.set(severity, (counts.get(severity) ?? 0) + 1));
  }
  return ages;
}

export function byAge(ages: FindingAges): Picture {
  const found = new Set([...ages.values()].flatMap((counts) => [...counts.keys()]));
  // An older row may have a severity that is not one of ours.
  const others = [...found].filter((one) => !severities.some((known) => known === one)).sort();
  const values = (severity: string) => [...ages.values()].map((counts) => counts.get(severity) ?? 0);
  return {
    kind: 'bars',
    title: 'Findings by age and severity',
    description:
      'Each bar is an age on the day of the execution; its parts are the severities of the findings.',
    each: 'age',
    rows: [...ages.keys()],
    series: [
      ...severities.map((severity) => ({ name: severity, paint: severity, values: values(severity) })),
      ...others.map((severity) => ({ name: severity, paint: 'neutral' as const, values: values(severity) })),
    ],
  };
}
