import { ExitCode } from '../../errors/exit-code.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadConfiguration, sayUnread } from '../load-configuration.ts';
import { writeJson } from '../render/json.ts';
import { printReport } from '../runs/print-report.ts';
import { valueWords } from '../runs/value-words.ts';

export interface ConfigShowOptions {
  readonly json?: boolean;
}

/** Prints every effective value with its origin; opens nothing. */
export async function configShow(
  io: Io,
  globals: GlobalOptions,
  options: ConfigShowOptions,
): Promise<ExitCode> {
  const configuration = await loadConfiguration(io, globals);
  const { entries } = configuration;
  sayUnread(io, configuration);
  if (options.json === true) {
    writeJson(io, { values: entries });
    return ExitCode.ok;
  }
  const rows = entries.map(({ name, value, origin }) => [name, valueWords(value), origin]);
  const table = { kind: 'table', columns: ['Name', 'Value', 'Origin'], rows } as const;
  printReport(io, [table]);
  return ExitCode.ok;
}
