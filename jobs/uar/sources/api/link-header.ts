/** A header `Link` from which nobody can tell whether there is a next page; a clause. */
export class UnclearLink extends Error {
  override readonly name = 'UnclearLink';
}

const parameter = String.raw`\s*;\s*([^\s=;,"'<>]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|'[^']*'|[^\s;,"]*))?`;
const linkValue = new RegExp(String.raw`[\s,]*<([^>]*)>((?:${parameter})*)\s*(?=,|$)`, 'y');

/**
 * The target of the link with the relation `next` (RFC 8288, 3; quotation marks of either kind); undefined: this is the last page.
 *
 * @throws UnclearLink when the header cannot be read, or names several next pages.
 */
export function nextLink(header: string): string | undefined {
  const targets = new Set<string>();
  let outside = '';
  let at = 0;
  for (; /[^\s,]/.test(header.slice(at)); at = linkValue.lastIndex) {
    linkValue.lastIndex = at;
    const match = linkValue.exec(header);
    if (match === null) throw new UnclearLink('its Link header cannot be read');
    const [, target = '', parameters = ''] = match;
    if (relationsOf(parameters).includes('next')) targets.add(target);
    outside += parameters;
  }
  if (targets.size > 1) throw new UnclearLink('its Link header names several next pages');
  if (targets.size === 0 && /\bnext\b/i.test(outside))
    throw new UnclearLink("its Link header has the word 'next', but not as a relation that can be read");
  const [target] = targets;
  return target;
}

/** Of the first parameter `rel`. */
function relationsOf(parameters: string): readonly string[] {
  for (const [, name = '', value = ''] of parameters.matchAll(new RegExp(parameter, 'g'))) {
    if (name.toLowerCase() === 'rel')
      return value
        .replace(/^(["'])(.*)\1$/s, '$2')
        .toLowerCase()
        .trim()
        .split(/\s+/);
  }
  return [];
}
