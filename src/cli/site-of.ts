import { Writable } from 'node:stream';
import type { OpenDatabase } from '../db/database.ts';
import type { PagesOptions } from '../http/start-pages.ts';
import type { GlobalOptions, Io, World } from './io.ts';

/** The pages for people run read-only commands here, on the database of this process, with its configuration. */
export async function siteOf(
  io: Io,
  { config, envFile }: GlobalOptions,
  held: OpenDatabase,
): Promise<PagesOptions['site']> {
  const places = await io.loadPlaces?.();
  if (places === undefined) return undefined;
  const sources = [
    ...(config === undefined ? [] : ['--config', config]),
    ...(envFile === undefined ? [] : ['--env-file', envFile]),
  ];
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const { env, cwd, userName } = io;
  const world: World = {
    ...{ env, cwd, userName, held, stdout: nowhere, stderr: nowhere, stop: io.stop },
    ...{ stdoutIsTerminal: false, stderrIsTerminal: false, columns: undefined, color: false },
  };
  return {
    places,
    run: (args, { show, stderr, stop }) =>
      io.runCommandLine([...sources, ...args], {
        ...world,
        show,
        stderr,
        stop: AbortSignal.any([io.stop, stop]),
      }),
  };
}
