import type { OscalCatalog, OscalControl, OscalGroup, OscalParameter } from './catalog-schema.ts';
import { altIdentifier, chooseIdentifier } from './identifier.ts';
import { ParameterTexts } from './parameters.ts';
import { isWithdrawn, statementText, succession, withdrawnText } from './statement.ts';

/** A control of the catalog as it will stand in `framework_control`. */
export interface CatalogControl {
  /** Where it is in the file. */
  readonly path: readonly (string | number)[];
  /** Its id in the file. */
  readonly catalogId: string;
  /** The publisher's own identity of the requirement, which outlives its number; null: none. */
  readonly altIdentifier: string | null;
  readonly controlId: string;
  /** Its identifier is its id although another place was asked for. */
  readonly identifiedById: boolean;
  readonly name: string;
  /** What it demands; null: the catalog has no text for it. */
  readonly text: string | null;
  /** The text, with what became of it if it was withdrawn. */
  readonly description: string | null;
  /** Its parameters add more text than a control may have; the description is not whole. */
  readonly tooLong: boolean;
  readonly withdrawn: boolean;
}

/** What a catalog says about itself, as it is written there; null: it does not. */
export interface CatalogEdition {
  readonly version: string | null;
  readonly published: string | null;
  readonly lastModified: string | null;
  readonly oscalVersion: string;
}

export interface CatalogFramework {
  readonly title: string;
  readonly edition: CatalogEdition;
  readonly description: string;
  /** An absolute address of the publisher; null when the catalog names none that fits. */
  readonly link: string | null;
  /** Where the identifiers were looked for: `label`, `id` or the name of a property. */
  readonly identifier: string;
  readonly controls: readonly CatalogControl[];
}

/** Longest address that `framework.link` holds. */
const longestLink = 1024;

interface Found {
  readonly control: OscalControl;
  readonly path: readonly (string | number)[];
}

function* controlsIn(
  holder: Pick<OscalGroup, 'controls' | 'groups'>,
  path: readonly (string | number)[],
): Generator<Found> {
  for (const [index, control] of (holder.controls ?? []).entries()) {
    const at = [...path, 'controls', index];
    yield { control, path: at };
    yield* controlsIn({ controls: control.controls }, at);
  }
  for (const [index, group] of (holder.groups ?? []).entries()) {
    yield* controlsIn(group, [...path, 'groups', index]);
  }
}

/** Parameters have identifiers of their own in the whole catalog, wherever they are declared. */
function* parametersIn(holder: OscalGroup): Generator<OscalParameter> {
  yield* holder.params ?? [];
  for (const group of holder.groups ?? []) yield* parametersIn(group);
}

function publisherLink(catalog: OscalCatalog): string | null {
  const links = (catalog.metadata.links ?? []).filter(
    ({ href }) => /^https?:\/\//i.test(href) && href.length <= longestLink,
  );
  const best =
    links.find(({ rel }) => rel === 'canonical') ?? links.find(({ rel }) => rel !== 'source-profile');
  return best?.href ?? null;
}

function describe({ metadata }: OscalCatalog): string {
  const version =
    metadata.version === undefined || metadata.version === '' ? '' : `, version ${metadata.version}`;
  const remarks = metadata.remarks === undefined ? '' : `\n\n${metadata.remarks}`;
  return `${metadata.title}${version} (OSCAL ${metadata['oscal-version']})${remarks}`;
}

function editionOf({ metadata }: OscalCatalog): CatalogEdition {
  const stated = (text: string | undefined) =>
    text === undefined || text.trim() === '' ? null : text.trim();
  return {
    version: stated(metadata.version),
    published: stated(metadata.published),
    lastModified: stated(metadata['last-modified']),
    oscalVersion: metadata['oscal-version'],
  };
}

/**
 * Groups, controls and enhancements as one list in the order of the file; text with its parameters filled in.
 *
 * @param identifier `label`, `id`, or the name of a property.
 */
export function flattenCatalog(catalog: OscalCatalog, identifier: string): CatalogFramework {
  const found = [...controlsIn(catalog, ['catalog'])];
  const chosen = found.map(({ control }) => chooseIdentifier(control, identifier));
  const publicIds = new Map(found.map(({ control }, index) => [control.id, chosen[index]?.identifier ?? '']));
  const declared = [...parametersIn(catalog), ...found.flatMap(({ control }) => control.params ?? [])];
  const parameters = new ParameterTexts(new Map(declared.map((parameter) => [parameter.id, parameter])));
  const controls = found.map(({ control, path }, index): CatalogControl => {
    const withdrawn = isWithdrawn(control);
    const prose = parameters.forControl();
    const statement = statementText(control, prose);
    return {
      path,
      catalogId: control.id,
      altIdentifier: altIdentifier(control),
      controlId: chosen[index]?.identifier ?? '',
      identifiedById: chosen[index]?.fromId === true,
      name: control.title.trim(),
      text: statement,
      description: withdrawn ? withdrawnText(succession(control, publicIds), statement) : statement,
      tooLong: prose.tooLong,
      withdrawn,
    };
  });
  return {
    title: catalog.metadata.title,
    edition: editionOf(catalog),
    description: describe(catalog),
    link: publisherLink(catalog),
    identifier,
    controls,
  };
}
