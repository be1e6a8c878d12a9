import type { OscalControl, OscalPart, OscalProperty } from './catalog-schema.ts';
import type { ControlProse } from './parameters.ts';

const defaultNamespace = 'http://csrc.nist.gov/ns/oscal';

/**
 * The label for people among an element's properties: the plain one; only if there is none, one of a class (`zero-padded`,
 * `sp800-53a`: the same number written for sorting or for assessment procedures).
 */
function labelOf(properties: readonly OscalProperty[] | undefined): string | undefined {
  const labels = (properties ?? []).filter(
    ({ name, ns, value }) =>
      name === 'label' && (ns ?? defaultNamespace) === defaultNamespace && value.trim() !== '',
  );
  const classed = labels.filter((label) => label.class !== undefined);
  const variant = /zero-padded|sort|sp800-53a/i;
  const best =
    labels.find((label) => label.class === undefined) ??
    classed.find((label) => !variant.test(label.class ?? '')) ??
    classed[0];
  return best?.value.trim();
}

/** The identifier that people know a control by: its label, otherwise its id in capitals. */
export function publicId(control: OscalControl): string {
  return labelOf(control.props) ?? control.id.toUpperCase();
}

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

/** What became of a withdrawn control: `Withdrawn: incorporated into AC-2, AC-3`. */
export function withdrawalText(control: OscalControl, publicIds: ReadonlyMap<string, string>): string {
  const clauses = Object.entries(successions).flatMap(([rel, words]) => {
    const targets = (control.links ?? [])
      .filter((link) => link.rel === rel && link.href.startsWith('#'))
      .map((link) => link.href.slice(1))
      .map((id) => publicIds.get(id) ?? id.toUpperCase());
    return targets.length === 0 ? [] : [`${words} ${targets.join(', ')}`];
  });
  return clauses.length === 0 ? 'Withdrawn' : `Withdrawn: ${clauses.join('; ')}`;
}
