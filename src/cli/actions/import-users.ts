import type { ExitCode } from '../../exit-code.ts';
import { users } from '../../import/kinds/users.ts';
import { type ImportOptions, runCsvImport } from '../imports/run-csv-import.ts';
import type { GlobalOptions, Io } from '../io.ts';

/** As typed. */
export type ImportUsersOptions = ImportOptions;

/** `import users FILE`. */
export function importUsers(
  io: Io,
  globals: GlobalOptions,
  file: string,
  options: ImportUsersOptions,
): Promise<ExitCode> {
  return runCsvImport(io, globals, users, file, options);
}
