import { sql, type Transaction } from 'kysely';
import type { Database } from '../../../../src/db/tables.ts';
import { ExitCode } from '../../../../src/errors/exit-code.ts';
import { OperatorError } from '../../../../src/errors/operator-error.ts';
import { usage } from '../../../../src/errors/usage.ts';
import { characters } from '../../../../src/import/cells.ts';
import {
  type ImportContext,
  inImportTransaction,
  lockImports,
  recordImport,
} from '../../../../src/import/import-transaction.ts';
import { stageRows } from '../../../../src/import/staging.ts';
import { count } from '../../../../src/text/count.ts';
import {
  type IdentifierChange,
  keepChanges,
  keepMissing,
  readStoredControls,
  stagedColumns,
  withdrawMissing,
  writeControls,
} from './catalog-tables.sql.ts';
import type { CatalogControl, CatalogFramework } from './flatten-catalog.ts';
import type { CatalogFile } from './read-catalog.ts';
import { recordEdition } from './edition.sql.ts';
import { contentHash, type Matching, matchControls, type StoredControl } from './match-controls.ts';

/** A requirement that has another identifier now. */
export interface Renumbered {
  readonly from: string;
  readonly to: string;
  readonly name: string;
}

/** An identifier that names another requirement now. */
export interface Replaced {
  readonly from: string;
  readonly to: string;
  /** The titles; of two requirements with one title the beginnings of their texts. */
  readonly was: string;
  readonly is: string;
  readonly rules: number;
  readonly links: number;
  /** A person has decided about it. */
  readonly decided: boolean;
}

/** What the import of a catalog did, or in a dry run would do. Lists hold control identifiers in the order of the file. */
export interface CatalogImportResult {
  readonly framework: string;
  readonly frameworkCreated: boolean;
  readonly controls: number;
  readonly withdrawn: number;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: number;
  readonly renumbered: readonly Renumbered[];
  readonly replaced: readonly Replaced[];
  /** In the database, not in the file; left as they are. Those that the import before found come first. */
  readonly noLongerInFile: readonly string[];
  /** How many of them the import before found. */
  readonly newlyMissing: number;
  /** Those that this import marked as withdrawn. */
  readonly markedWithdrawn: readonly string[];
  /** Identifiers that the framework has several times (OpsDeck has no constraint); the oldest one was compared. */
  readonly repeatedInDatabase: readonly string[];
}

/** What a person allows an import. */
export interface CatalogConsent {
  /** Rules, links and decisions whose identifier names another requirement now go with the identifier. */
  readonly acceptRenumbered: boolean;
  /** Controls that are no longer in the file are marked as withdrawn, unless a person has decided about them. */
  readonly withdraw: boolean;
}

/** Refused: identifiers with rules, links or decisions name other requirements in this file. Nothing was written. */
export class RenumberedControls extends OperatorError {
  readonly replaced: readonly Replaced[];

  constructor(framework: string, replaced: readonly Replaced[]) {
    super({
      code: 'controls_renumbered',
      message: `${framework}: ${count(replaced.length, 'identifier')} with rules, links or decisions would name another requirement; nothing was written.`,
      next: 'Compare the requirements. --accept-renumbered keeps rules, links and decisions with the identifier.',
      exitCode: ExitCode.usage,
    });
    this.replaced = replaced;
  }
}

/** Longest name that `framework.name` holds. */
const longestName = 255;

/**
 * The framework to create or update: the one of the command line, otherwise the title of the catalog.
 *
 * @throws OperatorError `invalid_framework_name`, exit 2.
 */
export function frameworkName(catalog: CatalogFramework, option: string | undefined): string {
  const name = (option ?? catalog.title).trim();
  if (name !== '' && characters(name) <= longestName) return name;
  const from = option === undefined ? 'title of the catalog' : 'name of --framework';
  throw usage(
    `The ${from} has ${characters(name)} characters; a framework's name has 1 to ${longestName}.`,
    'Give a shorter one with --framework NAME.',
    'invalid_framework_name',
  );
}

/**
 * Upserts a catalog's framework and controls in one transaction, by framework name and requirement (match-controls.ts), with a fixed
 * number of statements. The framework's own row is only created: name, description, link and state of one that exists are a person's.
 *
 * Applicability is a decision of people. A control becomes not applicable here only when the catalog has withdrawn it and
 * nobody has written a justification; it becomes applicable again when the catalog takes that back and the justification is
 * still ours.
 *
 * @throws RenumberedControls
 */
export async function importCatalog(
  catalog: CatalogFile,
  name: string,
  consent: CatalogConsent,
  context: ImportContext,
): Promise<CatalogImportResult> {
  context.signal.throwIfAborted();
  const { controls } = catalog;
  return inImportTransaction(context, async (trx) => {
    await lockImports(trx);
    const { id, created } = await ensureFramework(trx, catalog, name);
    const matching = matchControls(await readStoredControls(trx, id), controls);
    const replaced = replacedBy(matching);
    const depended = replaced.filter(({ rules, links, decided }) => rules + links > 0 || decided);
    if (depended.length > 0 && !consent.acceptRenumbered) throw new RenumberedControls(name, depended);

    await stageRows(
      trx,
      context.database,
      stagedColumns,
      controls.map((control, index) => {
        const match = matching.matches.get(control);
        return {
          line: index + 1,
          values: [
            control.controlId,
            control.name,
            control.description,
            control.withdrawn,
            control.catalogId,
            control.altIdentifier,
            contentHash(control),
            match?.stored.id ?? null,
            match?.replaced === true,
          ],
        };
      }),
    );
    const now = context.database.clock.now();
    const changes = identifierChanges(matching);
    await keepMissing(trx, id, now, matching.missing, matching.former);
    const markedWithdrawn = consent.withdraw ? await withdrawMissing(trx, matching.missing) : [];
    const { added, changed } = await writeControls(trx, id);
    await keepChanges(trx, id, { now, actor: context.actor }, changes);
    await recordEdition(trx, { id, name }, catalog, { now, actor: context.actor });
    const renumbered = changes
      .filter(({ kind }) => kind === 'renumbered')
      .map(({ stored, controlId, name: title }) => ({ from: stored.controlId, to: controlId, name: title }));
    if (created || added.length + changed.length + changes.length + markedWithdrawn.length > 0) {
      await recordImport(trx, context, {
        kind: 'oscal',
        subject: `framework:${id}`,
        after: {
          framework: name,
          created,
          controls: controls.length,
          added: added.length,
          changed: changed.length,
          ...(markedWithdrawn.length === 0 ? {} : { marked_withdrawn: markedWithdrawn }),
          ...(changes.length === 0 ? {} : { renumbered: renumbered.length, replaced: replaced.length }),
          ...(depended.length === 0 ? {} : { accepted: depended.map(({ from, to }) => `${from} > ${to}`) }),
        },
      });
    }
    return {
      framework: name,
      frameworkCreated: created,
      controls: controls.length,
      withdrawn: controls.filter((control) => control.withdrawn).length,
      added,
      changed,
      unchanged: controls.length - added.length - changed.length,
      renumbered,
      replaced,
      noLongerInFile: matching.missing.map((one) => matching.former.get(one) ?? one.controlId),
      newlyMissing: matching.missing.filter((one) => !one.missing).length,
      markedWithdrawn,
      repeatedInDatabase: await repeatedIdentifiers(trx, id),
    };
  });
}

function replacedBy({ matches }: Matching): readonly Replaced[] {
  return [...matches.values()]
    .filter((match) => match.replaced)
    .map(({ stored, control }) => ({
      from: stored.controlId,
      to: control.controlId,
      ...namesOf(stored, control),
      rules: stored.rules,
      links: stored.links,
      decided: stored.decided,
    }));
}

/** So much of a text tells two requirements with one title apart. */
const beginning = 100;

function namesOf(stored: StoredControl, control: CatalogControl): Pick<Replaced, 'was' | 'is'> {
  if (stored.name !== control.name) return { was: stored.name, is: control.name };
  const short = (text: string | null) =>
    [...(text ?? '').replace(/\s+/g, ' ')].slice(0, beginning).join('') || stored.name;
  return { was: short(stored.description), is: short(control.text) };
}

function identifierChanges({ matches, former }: Matching): readonly IdentifierChange[] {
  const found = [...matches.values()].flatMap(({ stored, control, replaced }): IdentifierChange[] => {
    if (!replaced && stored.controlId === control.controlId) return [];
    const kind = replaced ? 'requirement_replaced' : 'renumbered';
    return [{ kind, stored, controlId: control.controlId, name: control.name }];
  });
  const displaced = [...former].map(
    ([stored, controlId]): IdentifierChange => ({ kind: 'renumbered', stored, controlId, name: stored.name }),
  );
  return [...found, ...displaced];
}

async function ensureFramework(
  trx: Transaction<Database>,
  catalog: CatalogFramework,
  name: string,
): Promise<{ readonly id: number; readonly created: boolean }> {
  const { rows } = await sql<{ id: number; created: boolean }>`
    with created as (
      insert into framework (name, description, link, is_custom, is_active)
      values (${name}, ${catalog.description}, ${catalog.link}, true, true)
      on conflict (name) do nothing
      returning id
    )
    select id, true as created from created
    union all
    select id, false from framework where name = ${name}`.execute(trx);
  const [row] = rows;
  if (row === undefined) throw new Error('the framework was neither found nor created');
  return row;
}

async function repeatedIdentifiers(trx: Transaction<Database>, frameworkId: number) {
  const { rows } = await sql<{ control_id: string }>`
    select control_id from framework_control where framework_id = ${frameworkId}::integer
     group by control_id having count(*) > 1 order by control_id`.execute(trx);
  return rows.map((row) => row.control_id);
}
