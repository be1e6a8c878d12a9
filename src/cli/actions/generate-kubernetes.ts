import { ExitCode } from '../../errors/exit-code.ts';
import { cronJobs, daemonDeployment } from '../../generate/kubernetes.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadConfiguration, sayUnread } from '../load-configuration.ts';
import { containerSettings } from '../runs/container-settings.ts';
import { jobsToStart } from '../runs/jobs-to-start.ts';
import { withConfiguration } from '../session.ts';

/** As typed. */
export interface GenerateKubernetesOptions {
  readonly daemon?: true;
  readonly image?: string;
  readonly namespace?: string;
}

/** `generate kubernetes`: for a cluster, with the configuration that this command found. */
export async function generateKubernetes(
  io: Io,
  globals: GlobalOptions,
  { daemon, ...named }: GenerateKubernetesOptions,
): Promise<ExitCode> {
  const configuration = await loadConfiguration(io, globals);
  const settings = containerSettings(io, globals, configuration, named);
  const { shutdownGraceMs } = configuration.config;
  if (daemon === true) {
    sayUnread(io, configuration);
    io.stdout.write(daemonDeployment(settings, shutdownGraceMs));
    return ExitCode.ok;
  }
  return withConfiguration(io, globals, configuration, { quiet: true, onlyHere: true }, async (session) => {
    const { now, jobs } = await jobsToStart(io, session);
    io.stdout.write(cronJobs(jobs, settings, shutdownGraceMs, now));
    return ExitCode.ok;
  });
}
