import type { ExitCode } from '../../exit-code.ts';
import { activities } from '../../import/kinds/activities.ts';
import { type ImportOptions, runCsvImport } from '../imports/run-csv-import.ts';
import type { GlobalOptions, Io } from '../io.ts';

/** As typed. */
export type ImportActivitiesOptions = ImportOptions;

/** `import activities FILE`. */
export function importActivities(
  io: Io,
  globals: GlobalOptions,
  file: string,
  options: ImportActivitiesOptions,
): Promise<ExitCode> {
  return runCsvImport(io, globals, activities, file, options);
}
