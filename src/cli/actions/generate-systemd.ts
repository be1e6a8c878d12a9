import { join, resolve } from 'node:path';
import { ExitCode } from '../../errors/exit-code.ts';
import { daemonUnit, jobUnits, type UnitFile } from '../../generate/systemd.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadConfiguration, sayUnread } from '../load-configuration.ts';
import { writeOutputFile } from '../output-file.ts';
import { installationOf } from '../runs/installation.ts';
import { jobsToStart } from '../runs/jobs-to-start.ts';
import { withConfiguration } from '../session.ts';

/** As typed. */
export interface GenerateSystemdOptions {
  readonly daemon?: true;
  readonly user?: true;
  readonly dir?: string;
}

/** `generate systemd`: units for this program with the configuration that it has now. */
export async function generateSystemd(
  io: Io,
  globals: GlobalOptions,
  { daemon, user, dir }: GenerateSystemdOptions,
): Promise<ExitCode> {
  const configuration = await loadConfiguration(io, globals);
  const ofUser = user === true;
  const secretsFolder = ofUser
    ? join(io.env['HOME'] ?? '/root', '.config/opsdeck-jobs')
    : '/etc/opsdeck-jobs';
  const installation = installationOf(io, globals, configuration, secretsFolder);
  if (daemon === true) {
    sayUnread(io, configuration);
    await write(io, dir, [daemonUnit(installation, ofUser, configuration.config.shutdownGraceMs)]);
    return ExitCode.ok;
  }
  return withConfiguration(io, globals, configuration, { quiet: true, onlyHere: true }, async (session) => {
    const { now, jobs } = await jobsToStart(io, session);
    await write(io, dir, jobUnits(jobs, installation, ofUser, now));
    return ExitCode.ok;
  });
}

async function write(io: Io, dir: string | undefined, files: readonly UnitFile[]): Promise<void> {
  if (dir === undefined) {
    io.stdout.write(files.map(({ name, text }) => `# ${name}\n${text}`).join('\n'));
    return;
  }
  for (const { name, text } of files) {
    const path = resolve(io.cwd, dir, name);
    await writeOutputFile(io.cwd, path, text, { option: '--dir' });
    io.stdout.write(`${path}\n`);
  }
}
