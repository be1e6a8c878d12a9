import { characters } from '../../../../src/import/cells.ts';
import type { OscalControl, OscalProperty } from './catalog-schema.ts';

/*
 * What people know a control by. Publishers use labels and ids differently:
 *
 * | label                                     | id                    | identifier                                |
 * | `AC-2(1)`                                 | `ac-2.1`              | the label: `AC-2(1)`                      |
 * | `Account Management (03.01.01)`           | `SP_800_171_03.01.01` | in brackets after the title: `03.01.01`   |
 * | any other with spaces, or over 100 characters | `ps.7`            | the id in capitals: `PS.7`                |
 *
 * `--identifier` chooses the id or a property instead; a control without it has its id.
 */

/** The longest that `framework_control.control_id` holds. */
export const longestControlId = 100;

const defaultNamespace = 'http://csrc.nist.gov/ns/oscal';

/**
 * The label for people among an element's properties: the plain one; only if there is none, one of a class (`zero-padded`,
 * `sp800-53a`: the same number written for sorting or for assessment procedures).
 */
export function labelOf(properties: readonly OscalProperty[] | undefined): string | undefined {
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

interface ChosenIdentifier {
  readonly identifier: string;
  /** Not where it was asked for: there is nothing there that can be an identifier. */
  readonly fromId: boolean;
}

/** The identifier of a control; `from` is `label`, `id` or the name of a property. */
export function chooseIdentifier(control: OscalControl, from: string): ChosenIdentifier {
  const id = control.id.toUpperCase();
  if (from === 'id') return { identifier: id, fromId: false };
  const found =
    from === 'label'
      ? withoutTitle(labelOf(control.props), control.title)
      : control.props?.find(({ name, value }) => name === from && value.trim() !== '')?.value.trim();
  return found === undefined || /\s/.test(found) || characters(found) > longestControlId
    ? { identifier: id, fromId: true }
    : { identifier: found, fromId: false };
}

const folded = (text: string) => text.trim().replace(/\s+/g, ' ').toLowerCase();

/** `X` of a label `title (X)`; any other label as it is. */
function withoutTitle(label: string | undefined, title: string): string | undefined {
  const [, before, inBrackets] = label?.match(/^(.*\S)\s+\(([^()]+)\)$/s) ?? [];
  return before !== undefined && inBrackets !== undefined && folded(before) === folded(title)
    ? inBrackets.trim()
    : label;
}

/**
 * The property `alt-identifier`: the publisher's identity of a requirement, whatever its number. Some publishers write the number once
 * more there (`AC-02` of `ac-2`): that outlives nothing.
 */
export function altIdentifier({ id, props }: OscalControl): string | null {
  const value = props?.find(({ name }) => name === 'alt-identifier')?.value.trim() ?? '';
  return value === '' || bare(value) === bare(id) || bare(value) === bare(labelOf(props) ?? '')
    ? null
    : value;
}

/** Letters and numbers, without leading zeros. */
const bare = (text: string) =>
  (text.toLowerCase().match(/\p{L}+|\p{N}+/gu) ?? []).map((part) => part.replace(/^0+(?=.)/, '')).join(' ');
