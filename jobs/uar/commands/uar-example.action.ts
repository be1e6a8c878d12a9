import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { exampleText } from '../examples/example.ts';
import { examplesOfSystems } from '../examples/index.ts';
import type { System } from '../examples/systems.ts';
import type { uarExample as uarExampleDeclaration } from './uar-example.ts';

/** `uar example SYSTEM`: needs no database. */
export async function uarExample(
  io: Io,
  _globals: GlobalOptions,
  system: System,
  _options: OptionsOf<typeof uarExampleDeclaration>,
): Promise<ExitCode> {
  io.stdout.write(exampleText(system, examplesOfSystems[system]));
  return ExitCode.ok;
}
