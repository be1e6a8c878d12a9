import type { ExitCode } from '../../errors/exit-code.ts';
import { findJob } from '../../job/find-job.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadConfiguration } from '../load-configuration.ts';
import { previewJob, previewJobs } from '../runs/previews.ts';
import { withConfiguration } from '../session.ts';

/** As typed. */
export interface PreviewOptions {
  readonly json?: boolean;
  readonly offline?: boolean;
}

/** `preview [job…]`: what each job would do now, with the parameters of its schedule; writes nothing at all. */
export async function preview(
  io: Io,
  globals: GlobalOptions,
  names: readonly string[],
  options: PreviewOptions,
): Promise<ExitCode> {
  const configuration = await loadConfiguration(io, globals);
  const { config, jobs, brokenJobs } = configuration;
  const named = names.length > 0;
  const definitions = named ? [...new Set(names)].map((name) => findJob(name, jobs, brokenJobs)) : jobs;
  const requests = definitions.map((definition) => ({
    definition,
    params: config.jobs[definition.name]?.params ?? {},
  }));
  const output = { json: options.json === true, offline: options.offline === true };
  return withConfiguration(io, globals, configuration, {}, async (session) => {
    const [only, ...others] = requests;
    return named && only !== undefined && others.length === 0
      ? previewJob(session, only, output)
      : previewJobs(session, requests, named, output);
  });
}
