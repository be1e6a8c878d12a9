import { cancelOnStop } from '../../db/cancel-on-stop.ts';
import { type ConnectedDatabase, connectDatabase } from '../../db/connect.ts';
import { toOperatorError } from '../../db/errors.ts';
import { detectMode, migrationState, refuseOther } from '../../db/migrator.ts';
import { readSession } from '../../db/session-checks.ts';
import { failed } from '../../doctor/check-runner.ts';
import type { Finding } from '../../doctor/finding.ts';
import { judgeZone } from '../../doctor/stored-zone.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import { quoteIdentifier } from '../../grants/quote-identifier.ts';
import { readRights } from '../../grants/read-rights.ts';
import { readRoleNames, usualRoles } from '../../grants/role-names.ts';
import { grantScript, usualRoleNames } from '../../grants/script.ts';
import { wantedRights } from '../../grants/wanted-rights.ts';
import { plausibleAddress } from '../../notify/plausible-address.ts';
import { presentOpsdeck } from '../../setup/present-opsdeck.ts';
import { type RoleFacts, readOpsdeck, readRoles } from '../../setup/read-opsdeck.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { type Configuration, loadConfiguration, sayUnread } from '../load-configuration.ts';
import { writeLine } from '../render/line.ts';
import { readActor } from '../runs/actor.ts';
import { bringUpDatabase, outcomeSentences } from '../runs/bring-up.ts';
import { printReport } from '../runs/print-report.ts';
import { withConfiguration } from '../session.ts';
import { invalidAddress } from './notifications-test.ts';
import { goLive } from './setup-go-live.ts';
import { previewAndStop } from './setup-preview.ts';

/** As typed. */
export interface SetupOptions {
  readonly to?: string;
  readonly offline?: boolean;
  readonly goLive?: boolean;
  readonly yes?: boolean;
  readonly as?: string;
}

/**
 * `setup`: what was found, the zone by evidence, the migrations, the SQL for the owner, a preview of every job, a sample of each;
 * changes nothing but our own schema, and ends with all sending stopped. `setup --go-live` resumes it.
 */
export async function setup(io: Io, globals: GlobalOptions, options: SetupOptions): Promise<ExitCode> {
  const by = readActor(io, options.as);
  const to = options.to === undefined ? undefined : plausibleAddress(options.to);
  if (to === null) throw invalidAddress(options.to ?? '');
  const configuration = await loadConfiguration(io, globals);
  if (options.goLive === true) {
    return withConfiguration(io, globals, configuration, {}, (session) => goLive(session, by, options.yes));
  }
  sayUnread(io, configuration);
  const ready = await lookAndMigrate(io, configuration);
  if (!ready) return ExitCode.found;
  return withConfiguration(io, globals, configuration, { unreadToLog: true }, (session) =>
    previewAndStop(session, { by, to, offline: options.offline === true }),
  );
}

/** false: the role may not migrate; the SQL that lets it was printed. */
async function lookAndMigrate(io: Io, configuration: Configuration): Promise<boolean> {
  const { config, secrets } = configuration;
  try {
    const connected = await connectDatabase(config.database, {
      applicationName: 'opsdeck-jobs setup',
      stay: 'brief',
      signal: io.stop,
      onNotice: (notice) => writeLine(io.stderr, secrets.scrub(notice)),
    });
    const endStopping = cancelOnStop(connected, io.stop);
    try {
      return await prepare(io, connected, configuration);
    } finally {
      endStopping();
      await connected.close();
    }
  } catch (error) {
    throw secrets.scrubError(toOperatorError(error));
  }
}

async function prepare(io: Io, connected: ConnectedDatabase, configuration: Configuration): Promise<boolean> {
  const { db, kind, label } = connected;
  const { config } = configuration;
  const session = await readSession(db, label);
  const state = await migrationState(db, session.hasMigrations, session.hasIdentity);
  refuseOther(state, label);
  const attached = (state.mode ?? (state.built ? 'standalone' : await detectMode(db))) === 'attached';
  const roles = await readRoles(db, Object.values(usualRoleNames));
  if (attached) {
    const zone = config.storedTimezone ?? session.zone;
    await showOpsdeck(io, connected, roles, zone, state.pending.length === 0 && state.mode !== null);
    io.stdout.write('\n');
  }
  printReport(io, [{ kind: 'heading', text: 'Migrations' }]);
  if (state.pending.length > 0 && !roles.mayMigrate) {
    const owner = [
      `The role ${roles.role} may not make the schema of opsdeck-jobs. Give setup the URL of the owner of OpsDeck's tables, or run this as the owner of the database:`,
      '',
      `grant create on database ${quoteIdentifier(roles.database)} to ${quoteIdentifier(roles.role)};`,
      '',
      'Next: opsdeck-jobs setup',
    ];
    io.stdout.write(`${owner.join('\n')}\n`);
    return false;
  }
  const { outcome } = await bringUpDatabase(io, connected, configuration, null);
  printReport(
    io,
    outcomeSentences(outcome).map((text) => ({ kind: 'line', text })),
  );
  if (attached && kind === 'postgres') await showRights(io, connected, configuration);
  return true;
}

async function showOpsdeck(
  io: Io,
  { db }: ConnectedDatabase,
  roles: RoleFacts,
  zone: string,
  ours: boolean,
): Promise<void> {
  try {
    const facts = await readOpsdeck(db, { zone, ours, hasRules: roles.hasRules });
    printReport(io, [
      ...presentOpsdeck(facts, roles),
      { kind: 'heading', text: "Time zone of OpsDeck's timestamps" },
    ]);
    printFinding(io, judgeZone(facts.zone, zone));
  } catch (error) {
    printReport(io, [{ kind: 'heading', text: 'OpsDeck as it was found' }]);
    printFinding(io, failed(error));
  }
}

function printFinding(io: Io, { severity, what, fix }: Finding): void {
  const tone = severity === 'note' ? 'plain' : severity === 'warning' ? 'warning' : 'bad';
  printReport(io, [{ kind: 'line', text: what, tone }]);
  if (fix !== null) printReport(io, [{ kind: 'line', text: `Next: ${fix}` }]);
}

/** What `generate grants` prints, where a right is missing. */
async function showRights(
  io: Io,
  { db }: ConnectedDatabase,
  { config, ...rest }: Configuration,
): Promise<void> {
  const jobs = rest.jobs.filter(({ name }) => config.jobs[name]?.enabled !== false);
  const names = await readRoleNames(db, config, jobs);
  const { roles, present } = await readRights(db, wantedRights(jobs, names));
  io.stdout.write('\n');
  printReport(io, [{ kind: 'heading', text: 'Rights' }]);
  const lacks = roles.some(
    ({ exists, missing, missingSequences, missingSchemas, lacksOwnTables }) =>
      !exists || lacksOwnTables || missing.length + missingSequences.length + missingSchemas.length > 0,
  );
  if (!lacks) {
    writeLine(io.stdout, `The role ${names.runner} has every right that the jobs need.`);
    return;
  }
  writeLine(io.stdout, "Run this as the owner of OpsDeck's tables; `generate grants` prints it again:");
  io.stdout.write(`\n${grantScript({ jobs, names, roles: usualRoles(config, jobs), present })}\n`);
}
