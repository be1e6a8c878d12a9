import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { type ExportedComparison, exportComparisons } from '../import/export-comparisons.sql.ts';
import { comparisonFileJsonSchema } from '../import/json-schema.ts';
import { findComparison } from './find-comparison.ts';

/** `uar schema`: for editors and validators; not wrapped, so that it can be saved as it is. */
export async function uarSchema(io: Io): Promise<ExitCode> {
  io.stdout.write(`${JSON.stringify(comparisonFileJsonSchema(), null, 2)}\n`);
  return ExitCode.ok;
}

/** `uar export [COMPARISON]`: importing it again changes nothing. Secrets are names in it, as in the database. */
export async function uarExport(
  io: Io,
  globals: GlobalOptions,
  comparison: string | undefined,
  _options: object,
): Promise<ExitCode> {
  return withSession(io, globals, { quiet: true }, async ({ database }) => {
    const only = comparison === undefined ? null : await findComparison(database.db, comparison);
    const found = await exportComparisons(database.db, only?.id ?? null);
    io.stdout.write(`[${found.map(objectText).join(',')}${found.length === 0 ? '' : '\n'}]\n`);
    return ExitCode.ok;
  });
}

function objectText({ values }: ExportedComparison): string {
  return `\n  {\n${values.map(([key, json]) => `    ${JSON.stringify(key)}: ${json}`).join(',\n')}\n  }`;
}
