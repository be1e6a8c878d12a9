import type { ExitCode } from '../../exit-code.ts';
import { links } from '../../import/kinds/links.ts';
import { type ImportOptions, runCsvImport } from '../imports/run-csv-import.ts';
import type { GlobalOptions, Io } from '../io.ts';

/** As typed. */
export interface ImportLinksOptions extends ImportOptions {
  readonly framework?: string;
}

/** `import links FILE`. */
export function importLinks(
  io: Io,
  globals: GlobalOptions,
  file: string,
  options: ImportLinksOptions,
): Promise<ExitCode> {
  return runCsvImport(io, globals, links, file, options);
}
