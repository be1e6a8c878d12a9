import { ExitCode } from '../../errors/exit-code.ts';
import { usage } from '../../errors/usage.ts';
import { crontab } from '../../generate/crontab.ts';
import { isZoneName } from '../../time/zone-name.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadConfiguration } from '../load-configuration.ts';
import { installationOf } from '../runs/installation.ts';
import { jobsToStart } from '../runs/jobs-to-start.ts';
import { withConfiguration } from '../session.ts';

/** As typed. */
export interface GenerateCrontabOptions {
  readonly hostZone?: string;
}

/** `generate crontab`: lines for this program with the configuration that it has now. */
export async function generateCrontab(
  io: Io,
  globals: GlobalOptions,
  { hostZone = Intl.DateTimeFormat().resolvedOptions().timeZone }: GenerateCrontabOptions,
): Promise<ExitCode> {
  if (!isZoneName(hostZone)) {
    throw usage(`'${hostZone}' is not a time zone.`, "Give --host-zone a name such as 'Europe/Berlin'.");
  }
  const configuration = await loadConfiguration(io, globals);
  const installation = installationOf(io, globals, configuration, '/etc/opsdeck-jobs');
  return withConfiguration(io, globals, configuration, { quiet: true, onlyHere: true }, async (session) => {
    const { now, jobs } = await jobsToStart(io, session);
    io.stdout.write(crontab(jobs, installation, hostZone, now));
    return ExitCode.ok;
  });
}
