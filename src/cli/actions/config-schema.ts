import { configFileJsonSchema } from '../../config/file-schema.ts';
import { ExitCode } from '../../exit-code.ts';
import { jobs } from '../../job/registry.ts';
import type { Io } from '../io.ts';

/** Prints the JSON Schema of the configuration file, for editors and validators; not wrapped, so that it can be saved as it is. */
export async function configSchema(io: Io): Promise<ExitCode> {
  io.stdout.write(`${JSON.stringify(configFileJsonSchema(jobs), null, 2)}\n`);
  return ExitCode.ok;
}
