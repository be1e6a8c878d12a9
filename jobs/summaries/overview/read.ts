import { isGone } from '../../../src/db/errors.ts';
import { reasonOf } from '../../../src/errors/reason-of.ts';
import { controlsPart } from './controls.ts';
import { endsPart } from './ends.ts';
import { messagesPart } from './messages.ts';
import { monitoringPart } from './monitoring.ts';
import type { Compared } from './month.ts';
import type { OverviewLine, OverviewPart, OverviewScope } from './part.ts';
import { reviewsPart } from './reviews.ts';
import { runsPart } from './runs.ts';

/** In the order in which people read them. A new subject is an entry here. */
const parts: readonly OverviewPart[] = [
  controlsPart,
  reviewsPart,
  endsPart,
  messagesPart,
  runsPart,
  monitoringPart,
];

export interface OverviewSection {
  readonly title: string;
  readonly lines: readonly OverviewLine[];
  /** Why it could not be read; null: it was. */
  readonly notChecked: string | null;
}

export interface Overview {
  readonly compared: Compared;
  readonly sections: readonly OverviewSection[];
}

/** Outside a transaction: a subject that cannot be read, whatever is wrong with it, is named, and the others are read. */
export async function readOverview(scope: OverviewScope): Promise<Overview> {
  const sections: OverviewSection[] = [];
  for (const part of parts) sections.push(await readSection(part, scope));
  return { compared: scope.compared, sections };
}

async function readSection({ title, read }: OverviewPart, scope: OverviewScope): Promise<OverviewSection> {
  try {
    return { title, lines: await read(scope), notChecked: null };
  } catch (error) {
    if (isGone(error)) throw error;
    return { title, lines: [], notChecked: reasonOf(error) };
  }
}

/** Lines with something bad, and subjects that were not checked. */
export function worries({ sections }: Overview): number {
  return sections.reduce((sum, { lines, notChecked }) => {
    const bad = lines.filter((line) => isBad(line)).length;
    return sum + bad + (notChecked === null ? 0 : 1);
  }, 0);
}

export function isBad({ bad, value, lacking }: OverviewLine): boolean {
  return lacking === true || (bad && value > 0);
}
