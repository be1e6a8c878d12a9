import { ExitCode } from '../../errors/exit-code.ts';
import type { Json } from '../../text/json.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadConfiguration, sayUnread } from '../load-configuration.ts';
import { writeJson } from '../render/json.ts';
import { renderText } from '../render/text.ts';

export interface ConfigShowOptions {
  readonly json?: boolean;
}

function shown(value: Json): string {
  if (value === null) return '(not set)';
  return typeof value === 'string' ? value : JSON.stringify(value);
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
  const rows = entries.map(({ name, value, origin }) => [name, shown(value), origin]);
  const table = { kind: 'table', columns: ['Name', 'Value', 'Origin'], rows } as const;
  io.stdout.write(renderText([table], { columns: io.columns, color: io.color }));
  return ExitCode.ok;
}
