import type { LoadedConfig } from '../../config/load.ts';
import { readConfig } from '../../config/load.ts';
import type { Problem } from '../../config/problem.ts';
import { cancelOnStop } from '../../db/cancel-on-stop.ts';
import { type ConnectedDatabase, connectDatabase } from '../../db/connect.ts';
import { hasDatabase } from '../../db/embedded/data-folder.ts';
import { failed, runSlowChecks } from '../../doctor/check-runner.ts';
import { checkConfiguration } from '../../doctor/configuration.ts';
import { checkDatabase, type DatabaseCheck } from '../../doctor/database-checks.ts';
import { type CheckedSubject, note } from '../../doctor/finding.ts';
import { networkChecks, storedAddressChecks } from '../../doctor/network.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import type { JobDefinition } from '../../job/define-job.ts';
import { createHttpClient } from '../../net/http-client.ts';
import { networkOf } from '../../net/network-of.ts';
import { version } from '../../service/version.ts';
import { openForCommand } from '../held-database.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadJobs, sourcesOf } from '../load-configuration.ts';
import { writeOutputFile } from '../output-file.ts';
import { writeJson } from '../render/json.ts';
import { writeLine } from '../render/line.ts';
import { doctorDocument, doctorReport, isWrong } from '../runs/doctor-report.ts';
import { printReport } from '../runs/print-report.ts';
import { openCommandLogger } from '../session.ts';

/** As typed. */
export interface DoctorOptions {
  readonly json?: boolean;
  readonly offline?: boolean;
  readonly bundle?: string;
}

/** What came of opening the database and looking into it. */
interface DatabaseVisit extends DatabaseCheck {
  /** It could not be opened. */
  readonly away: boolean;
}

/** `doctor`: looks at everything that can be wrong, changes nothing, and names what fixes it. */
export async function doctor(io: Io, globals: GlobalOptions, options: DoctorOptions): Promise<ExitCode> {
  const { jobs, brokenJobs, unusable } = await loadJobs(io, globals);
  const problems: Problem[] = [];
  const unknownJobs = unusable || brokenJobs.length > 0 ? 'ignore' : 'refuse';
  const loaded = readConfig({ ...sourcesOf(io, globals), jobs, unknownJobs }, problems);
  const configuration = checkConfiguration(loaded, problems, brokenJobs);
  // What stands for a wrong value may lead to another database than the one that is meant.
  const [visit, network] =
    problems.length > 0
      ? [{ checked: [], stored: [], away: false }, []]
      : await Promise.all([
          visitDatabase(io, globals, loaded, jobs),
          options.offline === true ? [] : visitNetwork(io, loaded),
        ]);
  if (typeof visit === 'number') return visit;
  const later =
    options.offline === true || visit.stored.length === 0
      ? []
      : await runSlowChecks(storedAddressChecks(visit.stored, loaded.config), io.stop);
  const checked = scrubbed(loaded, [configuration, ...visit.checked, ...network, ...later]);
  const document = { program: version, values: loaded.entries, ...doctorDocument(checked) };
  if (options.bundle !== undefined) {
    const environment = { node: process.version, platform: process.platform };
    const text = JSON.stringify({ schema: 1, ...document, ...environment }, null, 2);
    await writeOutputFile(io.cwd, options.bundle, `${loaded.secrets.scrub(text)}\n`, {
      option: '--bundle',
      mode: 0o600,
    });
    writeLine(io.stderr, `Wrote ${options.bundle}.`);
  }
  if (options.json === true) writeJson(io, document);
  else printReport(io, doctorReport(checked, loaded.entries));
  if (visit.away) return ExitCode.unavailable;
  return isWrong(checked) ? ExitCode.found : ExitCode.ok;
}

/** The exit code: the process that holds the embedded database did all of it. */
async function visitDatabase(
  io: Io,
  globals: GlobalOptions,
  loaded: LoadedConfig,
  jobs: readonly JobDefinition[],
): Promise<DatabaseVisit | ExitCode> {
  const { config } = loaded;
  if (config.database.kind === 'embedded' && !hasDatabase(config.database.dataDir)) {
    const findings = [
      note(`There is no embedded database in ${config.database.dataDir} yet: the first command makes it.`),
    ];
    return { checked: [{ subject: 'database', findings }], stored: [], away: false };
  }
  let database: Pick<ConnectedDatabase, 'db' | 'label' | 'close' | 'cancelStatements'>;
  try {
    const opened = await open(io, globals, loaded);
    if (typeof opened === 'number') return opened;
    database = opened;
  } catch (error) {
    return { checked: [{ subject: 'database', findings: [failed(error)] }], stored: [], away: true };
  }
  const endStopping = cancelOnStop(database, io.stop);
  try {
    return { ...(await checkDatabase(database, config, jobs)), away: false };
  } catch (error) {
    return { checked: [{ subject: 'database', findings: [failed(error)] }], stored: [], away: true };
  } finally {
    endStopping();
    await database.close();
  }
}

/** A server is opened as it is, migrated or not; the embedded database by the rules of its folder. */
async function open(io: Io, globals: GlobalOptions, { config, secrets }: LoadedConfig) {
  if (config.database.kind === 'postgres') {
    const options = { applicationName: 'opsdeck-jobs', waitMs: 0, connections: 1, signal: io.stop };
    return connectDatabase(config.database, options);
  }
  const log = await openCommandLogger(io, globals, config, secrets);
  try {
    const onNotice = (notice: string) => log.logger.warn({ 'event.action': 'database.notice' }, notice);
    return await openForCommand(io, config, { onNotice, onWait: onNotice }, {});
  } finally {
    log.close();
  }
}

async function visitNetwork(io: Io, { config }: LoadedConfig): Promise<readonly CheckedSubject[]> {
  const http = createHttpClient(networkOf(config));
  const { checks, close } = await networkChecks(config, http);
  try {
    return await runSlowChecks(checks, io.stop);
  } finally {
    close();
    await http.close();
  }
}

function scrubbed({ secrets }: LoadedConfig, checked: readonly CheckedSubject[]): readonly CheckedSubject[] {
  return checked.map(({ findings, ...rest }) => ({
    ...rest,
    findings: findings.map((one) => ({
      ...one,
      what: secrets.scrub(one.what),
      fix: one.fix === null ? null : secrets.scrub(one.fix),
    })),
  }));
}
