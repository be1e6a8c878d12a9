import type { OscalControl, OscalPart } from './catalog-schema.ts';
import { labelOf } from './identifier.ts';
import type { ControlProse } from './parameters.ts';

/** Has the publisher taken the control back? */
export function isWithdrawn(control: OscalControl): boolean {
  return (control.props ?? []).some(
    ({ name, value }) => name === 'status' && value.trim().toLowerCase() === 'withdrawn',
  );
}

function lines(part: OscalPart, control: ControlProse, depth: number): string[] {
  const label = labelOf(part.props);
  const prose = control.insert(part.prose ?? '').trim();
  const text = [label, part.title, prose].filter((piece) => piece !== undefined && piece !== '').join(' ');
  const indent = '  '.repeat(depth);
  const own = text === '' ? [] : [`${indent}${text.replaceAll('\n', `\n${indent}`)}`];
  const nested = (part.parts ?? []).flatMap((child) =>
    lines(child, control, own.length === 0 ? depth : depth + 1),
  );
  return [...own, ...nested];
}

/** What the control demands, item by item, indented; null when the catalog has no text for it. */
export function statementText(control: OscalControl, prose: ControlProse): string | null {
  const parts = control.parts ?? [];
  const statements = parts.filter((part) => part.name === 'statement');
  const chosen = statements.length > 0 ? statements : parts.filter((part) => part.name === 'overview');
  const text = chosen.flatMap((part) => lines(part, prose, 0)).join('\n');
  return text === '' ? null : text;
}

const successions: Readonly<Record<string, string>> = {
  'incorporated-into': 'incorporated into',
  'moved-to': 'moved to',
};

/** Publishers write `incorporated-into` and `incorporated_into`. */
const relation = (rel: string | undefined) => rel?.trim().toLowerCase().replaceAll('_', '-');

/** A control is referred to as `#ac-2`, or without the `#`; anything else is an address. */
function referredTo(href: string): string | undefined {
  const [, id] = href.trim().match(/^#?([^\s#/:]+)$/) ?? [];
  return id;
}

/** What became of a withdrawn control: `Withdrawn: incorporated into AC-2, AC-3`; null: the catalog does not name it. */
export function succession(control: OscalControl, publicIds: ReadonlyMap<string, string>): string | null {
  const clauses = Object.entries(successions).flatMap(([rel, words]) => {
    const targets = (control.links ?? [])
      .filter((link) => relation(link.rel) === rel)
      .flatMap((link) => referredTo(link.href) ?? [])
      .map((id) => publicIds.get(id) ?? id.toUpperCase());
    return targets.length === 0 ? [] : [`${words} ${[...new Set(targets)].join(', ')}`];
  });
  return clauses.length === 0 ? null : `Withdrawn: ${clauses.join('; ')}`;
}

/** The text of a withdrawn control: what became of it before what it demanded. */
export function withdrawnText(becameOf: string | null, statement: string | null): string {
  if (becameOf === null) return statement ?? 'Withdrawn';
  return statement === null ? becameOf : `${becameOf}\n\n${statement}`;
}
