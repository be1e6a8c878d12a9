import { configFileJsonSchema } from '../../config/file-schema.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadJobs, sayBrokenJobs } from '../load-configuration.ts';

/**
 * Prints the JSON Schema of the configuration file, for editors and validators; not wrapped, so that it can be saved as it is.
 * The file itself may be wrong: this is what helps to mend it.
 */
export async function configSchema(io: Io, globals: GlobalOptions): Promise<ExitCode> {
  const { jobs, brokenJobs, unusable } = await loadJobs(io, globals);
  sayBrokenJobs(io, brokenJobs);
  if (unusable)
    io.stderr.write(
      "jobs_dirs cannot be used: see `config show`. Only the program's own jobs are in the schema.\n",
    );
  io.stdout.write(`${JSON.stringify(configFileJsonSchema(jobs), null, 2)}\n`);
  return ExitCode.ok;
}
