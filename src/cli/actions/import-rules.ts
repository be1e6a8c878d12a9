import type { ExitCode } from '../../exit-code.ts';
import { rules } from '../../import/kinds/rules.ts';
import { type ImportOptions, runCsvImport } from '../imports/run-csv-import.ts';
import type { GlobalOptions, Io } from '../io.ts';

/** As typed. */
export interface ImportRulesOptions extends ImportOptions {
  readonly framework?: string;
}

/** `import rules FILE`. */
export function importRules(
  io: Io,
  globals: GlobalOptions,
  file: string,
  options: ImportRulesOptions,
): Promise<ExitCode> {
  return runCsvImport(io, globals, rules, file, options);
}
