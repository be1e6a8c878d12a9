import { resolve } from 'node:path';
import type { ImportOptions } from '../../../src/cli/actions/import-csv.ts';
import { importSession } from '../../../src/cli/imports/import-session.ts';
import { showingProblems } from '../../../src/cli/imports/showing-problems.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { writeLine } from '../../../src/cli/render/line.ts';
import { readActor } from '../../../src/cli/runs/actor.ts';
import { consent } from '../../../src/cli/runs/confirm.ts';
import { printReport } from '../../../src/cli/runs/print-report.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { usage } from '../../../src/errors/usage.ts';
import type { Report, ReportBlock } from '../../../src/job/report.ts';
import { count } from '../../../src/text/count.ts';
import { statedWords } from '../import/oscal/edition.sql.ts';
import type { CatalogControl, CatalogFramework } from '../import/oscal/flatten-catalog.ts';
import {
  type CatalogImportResult,
  frameworkName,
  importCatalog,
  RenumberedControls,
  type Replaced,
} from '../import/oscal/import-catalog.ts';
import { readCatalog } from '../import/oscal/read-catalog.ts';

/** As typed. */
interface OscalOptions extends ImportOptions {
  readonly identifier: string;
  readonly acceptRenumbered?: boolean;
  readonly withdraw?: boolean;
  readonly yes?: boolean;
}

/** `import oscal FILE`: a catalog's framework and controls. */
export async function importOscal(
  io: Io,
  globals: GlobalOptions,
  file: string,
  options: OscalOptions,
): Promise<ExitCode> {
  const dryRun = options.dryRun === true;
  const json = options.json === true;
  const path = resolve(io.cwd, file);
  const session = await importSession(io, path, file, options);
  const catalog = await showingProblems(io, json, () => readCatalog(path, file, options.identifier));
  const name = frameworkName(catalog, options.framework);
  return withSession(io, globals, session, async ({ database, secrets }) => {
    const context = { database, dryRun, actor: readActor(io, undefined), signal: io.stop };
    const allowed = {
      acceptRenumbered: options.acceptRenumbered === true,
      withdraw: options.withdraw === true,
    };
    if (allowed.withdraw && database.mode === 'attached') throw decidedInOpsdeck();
    const importing = (dry: boolean) =>
      importCatalog(catalog, name, allowed, { ...context, dryRun: dry }).catch((error: unknown) => {
        if (error instanceof RenumberedControls) showReplaced(io, json, error);
        throw error;
      });
    if (allowed.withdraw && !dryRun) {
      const refused = await consent(io, { ...options, dryRun: false }, async () => {
        const { markedWithdrawn } = await importing(true);
        const controls = count(markedWithdrawn.length, 'control');
        return {
          words: `mark ${controls} of ${name} as withdrawn: ${named(markedWithdrawn)}`,
          count: markedWithdrawn.length,
        };
      });
      if (refused !== null) return refused;
    }
    const result = await importing(dryRun);
    if (json) {
      writeJson(io, {
        ...resultDocument(catalog, result, dryRun),
        file,
        database: secrets.scrub(database.label),
      });
    } else {
      printReport(io, resultReport(catalog, result, dryRun));
    }
    return ExitCode.ok;
  });
}

function resultDocument(
  catalog: CatalogFramework,
  result: CatalogImportResult,
  dryRun: boolean,
): Readonly<Record<string, unknown>> {
  return {
    import: 'oscal',
    dry_run: dryRun,
    framework: result.framework,
    framework_created: result.frameworkCreated,
    identifier: catalog.identifier,
    identified_by_id: catalog.controls.filter((control) => control.identifiedById).length,
    ...{
      title: catalog.title,
      version: catalog.edition.version,
      oscal_version: catalog.edition.oscalVersion,
    },
    ...{ published: catalog.edition.published, last_modified: catalog.edition.lastModified },
    controls: result.controls,
    withdrawn: result.withdrawn,
    added: result.added.length,
    changed: result.changed.length,
    unchanged: result.unchanged,
    no_longer_in_file: result.noLongerInFile.length,
    renumbered: result.renumbered,
    replaced: result.replaced.map(replacedDocument),
    added_controls: result.added,
    changed_controls: result.changed,
    no_longer_in_file_controls: result.noLongerInFile,
    newly_missing: result.newlyMissing,
    marked_withdrawn_controls: result.markedWithdrawn,
    repeated_in_database: result.repeatedInDatabase,
  };
}

function decidedInOpsdeck() {
  return usage(
    'This is a database of OpsDeck, whose Statement of Applicability is kept there: --withdraw changes nothing in it.',
    "Mark the controls on the framework's page in OpsDeck.",
    'own_database_only',
  );
}

/** On stderr, or as the JSON document: what the refusal is about. */
function showReplaced(io: Io, json: boolean, error: RenumberedControls): void {
  const { code, message, next, replaced } = error;
  if (json) {
    writeJson(io, { replaced: replaced.map(replacedDocument), error: { code, message, next } });
    return;
  }
  for (const one of replaced) writeLine(io.stderr, `${identifierOf(one)}: ${one.was} → ${one.is}`);
}

const identifierOf = ({ from, to }: Replaced) => (from === to ? from : `${from} → ${to}`);

function replacedDocument(one: Replaced): Readonly<Record<string, unknown>> {
  return {
    from: one.from,
    to: one.to,
    was: one.was,
    is: one.is,
    rules: one.rules,
    links: one.links,
    decided: one.decided,
  };
}

function replacedTable(replaced: readonly Replaced[]): readonly ReportBlock[] {
  if (replaced.length === 0) return [];
  return [
    { kind: 'heading', text: `Identifiers that name another requirement now: ${replaced.length}` },
    {
      kind: 'table',
      columns: ['control', 'was', 'is', 'rules', 'links'],
      rows: replaced.map((one) => [identifierOf(one), one.was, one.is, String(one.rules), String(one.links)]),
    },
  ];
}

function missingLines({ noLongerInFile, newlyMissing }: CatalogImportResult): readonly ReportBlock[] {
  const line = (text: string): ReportBlock => ({ kind: 'line', text, tone: 'notice' });
  const [since, before] = [noLongerInFile.slice(0, newlyMissing), noLongerInFile.slice(newlyMissing)];
  return [
    ...(since.length > 0 ? [line(`No longer in the file since this import: ${named(since)}`)] : []),
    ...(before.length > 0 ? [line(`Not in the file, as in the import before: ${named(before)}`)] : []),
  ];
}

/** How many identifiers a line names; the JSON document has all. */
const namedControls = 20;

function named(controls: readonly string[]): string {
  const rest = controls.length - namedControls;
  return `${controls.slice(0, namedControls).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** How many identifiers show where they were taken from. */
const examples = 3;

/** Where the identifiers come from: `Identifiers: label, such as AC-1, AC-2, AC-3`. */
function identifiers({ identifier, controls }: CatalogFramework): string {
  const such = (of: readonly CatalogControl[]) =>
    `such as ${of
      .slice(0, examples)
      .map(({ controlId }) => controlId)
      .join(', ')}`;
  const asked = controls.filter((control) => !control.identifiedById);
  const rest = controls.filter((control) => control.identifiedById);
  const from = asked.length === 0 ? [] : [`${identifier}, ${such(asked)}`];
  const byId =
    rest.length === 0
      ? []
      : [`id, for ${count(rest.length, 'control')} without a usable ${identifier}, ${such(rest)}`];
  return `Identifiers: ${[...from, ...byId].join('; ')}`;
}

function resultReport(catalog: CatalogFramework, result: CatalogImportResult, dryRun: boolean): Report {
  const { framework, controls, withdrawn, added, changed, unchanged } = result;
  const line = (text: string, tone?: 'notice' | 'warning'): ReportBlock =>
    tone === undefined ? { kind: 'line', text } : { kind: 'line', text, tone };
  const whole = added.length === controls;
  return [
    {
      kind: 'heading',
      text: `${framework}: ${count(controls, 'control')}, ${withdrawn} of them withdrawn${result.frameworkCreated ? ' (new framework)' : ''}`,
    },
    line(
      `${added.length} added, ${changed.length} changed, ${unchanged} unchanged, ` +
        `${result.noLongerInFile.length} no longer in the file${dryRun ? ' (dry run: nothing was written)' : ''}`,
    ),
    line(`Catalog: ${statedWords(catalog.edition)}`),
    line(identifiers(catalog)),
    ...(added.length > 0 && !whole ? [line(`Added: ${named(added)}`)] : []),
    ...(changed.length > 0 ? [line(`Changed: ${named(changed)}`)] : []),
    ...(result.renumbered.length > 0
      ? [
          line(
            `Renumbered, with their rules and links: ${named(result.renumbered.map(({ from, to }) => `${from} → ${to}`))}`,
          ),
        ]
      : []),
    ...replacedTable(result.replaced),
    ...missingLines(result),
    ...(result.markedWithdrawn.length > 0
      ? [line(`Marked as withdrawn: ${named(result.markedWithdrawn)}`, 'notice')]
      : []),
    ...(result.repeatedInDatabase.length > 0
      ? [
          line(
            `In the database more than once (the oldest was compared): ${named(result.repeatedInDatabase)}`,
            'warning',
          ),
        ]
      : []),
  ];
}
