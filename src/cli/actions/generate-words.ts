import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { ExitCode } from '../../errors/exit-code.ts';
import { commandWords } from '../../generate/command-words.ts';
import { completion } from '../../generate/completion.ts';
import { manualPage } from '../../generate/manual-page.ts';
import type { Shell } from '../../generate/shells.ts';
import { version } from '../../service/version.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadJobs } from '../load-configuration.ts';

/** `generate completion`: the names of jobs are those of now, the user's own among them. */
export async function generateCompletion(
  io: Io,
  globals: GlobalOptions,
  root: CommandUnknownOpts,
  shell: Shell,
): Promise<ExitCode> {
  const { jobs } = await loadJobs(io, globals);
  const names = jobs.map(({ name }) => name);
  io.stdout.write(completion(shell, commandWords(root), names));
  return ExitCode.ok;
}

/** `generate man`. */
export async function generateMan(io: Io, root: CommandUnknownOpts): Promise<ExitCode> {
  io.stdout.write(manualPage(commandWords(root), version));
  return ExitCode.ok;
}
