import { resolve } from 'node:path';
import type { ImportOptions } from '../../../src/cli/actions/import-csv.ts';
import { importSession } from '../../../src/cli/imports/import-session.ts';
import { showingProblems } from '../../../src/cli/imports/showing-problems.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { readActor } from '../../../src/cli/runs/actor.ts';
import { printReport } from '../../../src/cli/runs/print-report.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import type { Report, ReportBlock } from '../../../src/job/report.ts';
import { count } from '../../../src/text/count.ts';
import type { CatalogControl, CatalogFramework } from '../import/oscal/flatten-catalog.ts';
import { type CatalogImportResult, frameworkName, importCatalog } from '../import/oscal/import-catalog.ts';
import { readCatalog } from '../import/oscal/read-catalog.ts';

/** As typed. */
interface OscalOptions extends ImportOptions {
  readonly identifier: string;
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
    const result = await importCatalog(catalog, name, context);
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
    controls: result.controls,
    withdrawn: result.withdrawn,
    added: result.added.length,
    changed: result.changed.length,
    unchanged: result.unchanged,
    no_longer_in_file: result.noLongerInFile.length,
    added_controls: result.added,
    changed_controls: result.changed,
    no_longer_in_file_controls: result.noLongerInFile,
    repeated_in_database: result.repeatedInDatabase,
  };
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
    line(identifiers(catalog)),
    ...(added.length > 0 && !whole ? [line(`Added: ${named(added)}`)] : []),
    ...(changed.length > 0 ? [line(`Changed: ${named(changed)}`)] : []),
    ...(result.noLongerInFile.length > 0
      ? [line(`No longer in the file, left as they are: ${named(result.noLongerInFile)}`, 'notice')]
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
