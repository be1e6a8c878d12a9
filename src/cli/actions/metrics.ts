import { ExitCode } from '../../errors/exit-code.ts';
import { readMetrics } from '../../metrics/read-metrics.ts';
import { renderMetrics } from '../../metrics/render-metrics.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeOutputFile } from '../output-file.ts';
import { withSession } from '../session.ts';

/** As typed. */
export interface MetricsOptions {
  readonly textfile?: string;
}

/** The collector runs as a user of its own. */
const readableByAll = 0o644;

/** `metrics`: what the daemon's `/metrics` tells of the database, for those who have no daemon. */
export function metrics(io: Io, globals: GlobalOptions, options: MetricsOptions): Promise<ExitCode> {
  return withSession(io, globals, { quiet: true }, async (session) => {
    const snapshot = await readMetrics(session.database.db, { ...session, definitions: session.jobs });
    const text = await renderMetrics({ snapshot, loop: undefined });
    if (options.textfile === undefined) io.stdout.write(text);
    else {
      await writeOutputFile(io.cwd, options.textfile, text, { option: '--textfile', mode: readableByAll });
    }
    return ExitCode.ok;
  });
}
