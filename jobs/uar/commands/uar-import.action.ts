import { resolve } from 'node:path';
import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import { importSession } from '../../../src/cli/imports/import-session.ts';
import { showingProblems } from '../../../src/cli/imports/showing-problems.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { writeLine } from '../../../src/cli/render/line.ts';
import { readActor } from '../../../src/cli/runs/actor.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { count } from '../../../src/text/count.ts';
import { readComparisonFile } from '../import/comparison-file.ts';
import { type ComparisonImport, importComparisons } from '../import/import-comparisons.ts';
import type { uarImport as uarImportDeclaration } from './uar-import.ts';

/** As typed. */
type UarImportOptions = OptionsOf<typeof uarImportDeclaration>;

/** `uar import FILE`: checks the file, opens the database, imports, says what happened. */
export async function uarImport(
  io: Io,
  globals: GlobalOptions,
  typed: string,
  options: UarImportOptions,
): Promise<ExitCode> {
  const file = typed === '-' ? 'Standard input' : typed;
  const dryRun = options.dryRun === true;
  const json = options.json === true;
  const path = typed === '-' ? '/dev/stdin' : resolve(io.cwd, typed);
  const session = await importSession(io, path, file, options);
  const read = await showingProblems(io, json, () => readComparisonFile(path, file));
  return withSession(io, globals, session, async ({ database, secrets, zones }) => {
    const context = { database, zones, dryRun, actor: readActor(io, undefined), signal: io.stop };
    const result = await importComparisons(read, file, context);
    if (json) {
      const document = { import: 'comparisons', dry_run: dryRun, ...result, file };
      writeJson(io, { ...document, database: secrets.scrub(database.label) });
    } else {
      for (const line of sentences(file, result, dryRun)) writeLine(io.stdout, line);
    }
    return ExitCode.ok;
  });
}

function sentences(
  file: string,
  { comparisons, added, changed, unchanged }: ComparisonImport,
  dryRun: boolean,
): string[] {
  const counts = `${added.length} added, ${changed.length} changed, ${unchanged} unchanged`;
  return [
    `${file}: ${count(comparisons, 'comparison')}: ${counts}${dryRun ? ' (dry run: nothing was written)' : ''}.`,
    ...added.map((name) => `Added: ${name}`),
    ...changed.map((name) => `Changed: ${name}`),
  ];
}
