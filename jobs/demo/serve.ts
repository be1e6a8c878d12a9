import { once } from 'node:events';
import type { Io } from '../../src/cli/io.ts';
import { offerCommands } from '../../src/cli/offer-commands.ts';
import { printReport } from '../../src/cli/runs/print-report.ts';
import { siteOf } from '../../src/cli/site-of.ts';
import { formatListenAddress } from '../../src/http/listen-address.ts';
import { startPages } from '../../src/http/start-pages.ts';
import type { RunEnvironment } from '../../src/job/run-environment.ts';
import { Loop } from '../../src/scheduler/loop.ts';

/** A free port, on loopback. */
const listen = { host: '127.0.0.1', port: 0 };

const commandsAtMostMs = 2_000;

/**
 * `demo --serve`: the pages of a daemon on the demo's database until Ctrl-C, and the commands of other terminals. No schedule runs: what
 * the pages show stays the story of the demo.
 */
export async function serveDemo(io: Io, folder: string, environment: RunEnvironment): Promise<void> {
  const { database, logger, definitions } = environment;
  const here: Io = { ...io, env: { HOME: folder, OPSDECK_JOBS_DATA_DIR: folder }, cwd: folder };
  const pages = await startPages({
    ...environment,
    listen,
    token: undefined,
    status: new Loop(environment, { definitions, partial: false, concurrency: 1 }),
    site: await siteOf(here, {}, database),
  });
  const commands = offerCommands(database, logger, io.runCommandLine);
  try {
    const ended = io.stop.aborted ? undefined : once(io.stop, 'abort');
    io.stdout.write('\n');
    printReport(io, [
      { kind: 'heading', text: 'The pages' },
      { kind: 'line', text: `Open http://${formatListenAddress(pages.address)}/ in a browser.` },
      { kind: 'line', text: 'Ctrl-C ends the pages and removes the database.' },
    ]);
    // A signal alone does not keep the process alive; the pages do.
    await ended;
  } finally {
    await commands.end(commandsAtMostMs);
    await pages.close();
  }
}
