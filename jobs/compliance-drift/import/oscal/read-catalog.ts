import { ExitCode } from '../../../../src/errors/exit-code.ts';
import { OperatorError } from '../../../../src/errors/operator-error.ts';
import { characters } from '../../../../src/import/cells.ts';
import { findPlaces, findSyntaxError, findTooDeep } from '../../../../src/import/json-places.ts';
import { ProblemList } from '../../../../src/import/problems.ts';
import { isUnstorable, unstorable } from '../../../../src/import/unstorable.ts';
import { readHashedText } from '../../../../src/import/whole-text.ts';
import { catalogSchema, type OscalCatalog, otherModels } from './catalog-schema.ts';
import { type CatalogControl, type CatalogFramework, flattenCatalog } from './flatten-catalog.ts';
import { longestControlId } from './identifier.ts';
import { longestExpansion } from './parameters.ts';

const longestName = 512;

function refuse(code: string, message: string, next: string): OperatorError {
  return new OperatorError({ code, message, next, exitCode: ExitCode.usage });
}

/** A catalog with the SHA-256 of its file. */
export interface CatalogFile extends CatalogFramework {
  readonly sha256: Buffer;
}

/**
 * Reads an OSCAL catalog (JSON, 1.0 to 1.2; UTF-8 with or without byte order mark; up to 64 MB).
 *
 * @param path absolute path
 * @param file the path as the person typed it, for messages
 * @param identifier where the identifiers of controls are: `label`, `id`, or the name of a property
 * @throws OperatorError for a file that cannot be read, is too large, is not JSON or no catalog; RefusedFile with every
 *   problem of a catalog; all exit 2.
 */
export async function readCatalog(path: string, file: string, identifier = 'label'): Promise<CatalogFile> {
  const { text, sha256 } = await readHashedText(path, file, 'a catalog');
  const framework = flattenCatalog(parseCatalog(text, file), identifier);
  if (framework.controls.length === 0) {
    throw refuse(
      'catalog_without_controls',
      `${file} is an OSCAL catalog without controls.`,
      'Check the export.',
    );
  }
  if (framework.controls.every((control) => control.identifiedById) && identifier !== 'label') {
    throw refuse(
      'unknown_identifier',
      `No control of ${file} has a property '${identifier}' that can be an identifier: at most ${longestControlId} characters without spaces.`,
      'Give --identifier label, id or the name of a property.',
    );
  }
  const problems = [...frameworkProblems(framework), ...controlProblems(framework.controls)];
  if (problems.length > 0) throw refusal(text, file, problems);
  return { ...framework, sha256 };
}

function parseJson(text: string, file: string): unknown {
  const tooDeep = findTooDeep(text);
  if (tooDeep !== undefined) {
    throw refuse(
      'not_an_oscal_catalog',
      `${file}, line ${tooDeep.line}, column ${tooDeep.column}: nested too deep for an OSCAL catalog.`,
      'Check that it is the right file.',
    );
  }
  try {
    return JSON.parse(text);
  } catch {
    const { what, line, column } = findSyntaxError(text);
    const xml = text.trimStart().startsWith('<') ? ' It looks like XML.' : '';
    throw refuse(
      'not_json',
      `${file}, line ${line}, column ${column}: this is not JSON (${what}).${xml}`,
      'Give the JSON form of the OSCAL catalog.',
    );
  }
}

function parseCatalog(text: string, file: string): OscalCatalog {
  const document = parseJson(text, file);
  const keys = document !== null && typeof document === 'object' ? Object.keys(document) : [];
  const content =
    document !== null && typeof document === 'object' && 'catalog' in document ? document.catalog : undefined;
  if (content === undefined) throw notACatalog(file, keys);
  const parsed = checkShape(content, file);
  if (!parsed.success) {
    throw refusal(
      text,
      file,
      parsed.error.issues.map(({ path, message }) => ({
        path: ['catalog', ...path],
        message: `${path.join('.')}: ${message}`,
      })),
    );
  }
  const version = parsed.data.metadata['oscal-version'];
  if (!/^v?1\./.test(version)) {
    throw refuse(
      'oscal_version_not_supported',
      `${file} is written in OSCAL ${version}; 1.0 to 1.2 can be read.`,
      'Convert it with oscal-cli.',
    );
  }
  return parsed.data;
}

function checkShape(content: unknown, file: string) {
  try {
    return catalogSchema.safeParse(content);
  } catch (error) {
    // zod hands the issues of a list's item on as arguments, and there is room for some 100,000. The nesting is bounded.
    if (!(error instanceof RangeError)) throw error;
    throw refuse(
      'file_has_problems',
      `${file} has more problems than can be listed; nothing was written.`,
      'Check the export that wrote it against the OSCAL catalog schema.',
    );
  }
}

function notACatalog(file: string, keys: readonly string[]): OperatorError {
  for (const key of keys) {
    const model = Object.hasOwn(otherModels, key) ? otherModels[key] : undefined;
    if (model !== undefined) {
      return refuse('not_an_oscal_catalog', `${file} is ${model.name}, not a catalog.`, model.next);
    }
  }
  return refuse(
    'not_an_oscal_catalog',
    `${file} is not an OSCAL catalog: it has no "catalog" at its top.`,
    'Give a catalog in OSCAL JSON, such as those of github.com/usnistgov/oscal-content.',
  );
}

interface PlacedProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function refusal(text: string, file: string, found: readonly PlacedProblem[]) {
  const place = findPlaces(
    text,
    found.map(({ path }) => path),
  );
  const problems = new ProblemList();
  problems.addAll(found.map(({ path, message }) => ({ ...place(path), message })));
  return problems.refusal(file, 'Correct the catalog and import it again; --dry-run checks without writing.');
}

function frameworkProblems({
  title,
  edition,
  description,
  link,
}: CatalogFramework): readonly PlacedProblem[] {
  const path = ['catalog', 'metadata'];
  return isUnstorable(
    [title, description, link ?? '', ...Object.values(edition).map((stated) => stated ?? '')].join(''),
  )
    ? [{ path, message: `metadata ${unstorable}` }]
    : [];
}

/** What PostgreSQL cannot store, or the columns cannot hold, or cannot be distinguished afterwards. */
function controlProblems(controls: readonly CatalogControl[]): readonly PlacedProblem[] {
  const first = new Map<string, CatalogControl>();
  const problems: PlacedProblem[] = [];
  for (const control of controls) {
    const { path, controlId, name } = control;
    const add = (message: string) =>
      problems.push({ path, message: `control ${controlId.slice(0, 60)}: ${message}` });
    const earlier = first.get(controlId);
    if (earlier === undefined) first.set(controlId, control);
    else add(`the same identifier as the control at ${earlier.path.join('.')}; try another --identifier`);
    if (name === '') add('has no title');
    if (control.tooLong) {
      add(
        `its parameters insert each other into more than ${longestExpansion} characters, or into too many with other controls`,
      );
    }
    if (characters(controlId) > longestControlId) {
      add(`its identifier has ${characters(controlId)} characters, ${longestControlId} are allowed`);
    }
    if (characters(name) > longestName) {
      add(`its title has ${characters(name)} characters, ${longestName} are allowed`);
    }
    if (isUnstorable(controlId) || isUnstorable(name) || isUnstorable(control.description ?? '')) {
      add(unstorable);
    }
  }
  return problems;
}
