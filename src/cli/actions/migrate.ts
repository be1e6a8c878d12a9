import { sql } from 'kysely';
import { migrations } from '../../../migrations/index.ts';
import { cancelOnStop } from '../../db/cancel-on-stop.ts';
import { type ConnectedDatabase, connectDatabase } from '../../db/connect.ts';
import { toOperatorError } from '../../db/errors.ts';
import { needsConfirmation } from '../../db/identity.ts';
import { isPassedOver, plannedStatements } from '../../db/migration-steps.ts';
import { detectMode, readMigrationState, refuseOther } from '../../db/migrator.ts';
import { readSession } from '../../db/session-checks.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import { readWaitingMessages } from '../../notify/outbox/waiting.ts';
import { count } from '../../text/count.ts';
import { systemClock } from '../../time/clock.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { type Configuration, loadConfiguration, sayUnread } from '../load-configuration.ts';
import { writeJson } from '../render/json.ts';
import { writeLine } from '../render/line.ts';
import { renderText } from '../render/text.ts';
import { readActor } from '../runs/actor.ts';
import { bringUpDatabase, modeSentence, outcomeSentences } from '../runs/bring-up.ts';
import { consent } from '../runs/confirm.ts';
import { statementLimitOf } from '../statement-timeout.ts';
import { waitingWords } from './setup-go-live.ts';

export interface MigrateOptions {
  readonly status?: boolean;
  readonly dryRun?: boolean;
  readonly confirmDatabase?: boolean;
  readonly yes?: boolean;
  readonly as?: string;
  readonly json?: boolean;
  readonly timeout?: string;
}

/**
 * `migrate`: brings the database to the version of this program. It is the one command that opens a PostgreSQL database which
 * is not there yet; `--status` and `--dry-run` only look.
 */
export async function migrate(io: Io, globals: GlobalOptions, options: MigrateOptions): Promise<ExitCode> {
  const configuration = await loadConfiguration(io, globals);
  const { config, secrets } = configuration;
  sayUnread(io, configuration);
  try {
    const connected = await connectDatabase(config.database, {
      applicationName: 'opsdeck-jobs migrate',
      statementLimitMs: statementLimitOf(options),
      signal: io.stop,
      onNotice: (notice) => writeLine(io.stderr, secrets.scrub(notice)),
      // What only looks finds every step pending.
      emptyWhenNew: options.status === true || options.dryRun === true,
    });
    const endStopping = cancelOnStop(connected, io.stop);
    try {
      await readSession(connected.db, connected.label);
      writeLine(io.stderr, secrets.scrub(`Using ${connected.label}`));
      if (options.status === true) await showStatus(io, connected, options);
      else if (options.dryRun === true) await showPlan(io, connected, options);
      else {
        const ended = await confirmed(io, connected, options);
        if (ended !== null) return ended;
        await bringUp(io, connected, configuration, options);
      }
    } finally {
      endStopping();
      await connected.close();
    }
  } catch (error) {
    throw secrets.scrubError(toOperatorError(error));
  }
  return ExitCode.ok;
}

/** An auditor must not think that OpsDeck's schema was touched. */
const passedOver = 'passed over: OpsDeck owns these tables';

async function showStatus(io: Io, { db, label }: ConnectedDatabase, options: MigrateOptions): Promise<void> {
  const state = await readMigrationState(db);
  const mode = state.mode ?? (await detectMode(db));
  if (options.json === true) {
    writeJson(io, {
      database: label,
      mode: state.mode,
      applied: state.applied.map(({ name, appliedAt }) => ({ name, applied_at: appliedAt.toISOString() })),
      pending: state.pending.map(({ name, title }) => ({ name, title })),
      unknown: state.unknown,
    });
  } else {
    const rows = [
      ...state.applied.map(({ name, appliedAt }) => [
        name,
        isPassedOver(
          migrations.find((step) => step.name === name),
          mode,
        )
          ? passedOver
          : `applied ${appliedAt.toISOString()}${state.unknown.includes(name) ? ', unknown to this program' : ''}`,
      ]),
      ...state.pending.map((step) => [
        step.name,
        isPassedOver(step, mode) ? passedOver : `pending: ${step.title}`,
      ]),
    ];
    const table = { kind: 'table', columns: ['Migration', 'State'], rows } as const;
    io.stdout.write(renderText([table], { columns: io.columns, color: io.color }));
    writeLine(io.stdout, state.mode === null ? 'Never migrated.' : modeSentence(state.mode));
  }
  refuseOther(state, label);
}

/** The question of `--confirm-database`, before anything is changed. */
async function confirmed(
  io: Io,
  connected: ConnectedDatabase,
  options: MigrateOptions,
): Promise<ExitCode | null> {
  if (options.confirmDatabase !== true || !(await needsConfirmation(connected))) return null;
  return consent(io, options, async () => ({ words: await confirmationWords(connected), count: 1 }));
}

/** With what may be sent from then on; it is counted where the tables are those of this program. */
async function confirmationWords({ db, label }: ConnectedDatabase): Promise<string> {
  const { pending } = await readMigrationState(db);
  const waiting = pending.length === 0 ? await waitingNow(db) : `after ${count(pending.length, 'migration')}`;
  return `let messages be sent from this database, ${label} (${waiting})`;
}

async function waitingNow(db: ConnectedDatabase['db']): Promise<string> {
  const { rows } = await sql<{ now: Date }>`select now()`.execute(db);
  const now = rows[0]?.now ?? systemClock.now();
  return waitingWords(await readWaitingMessages(db, now), now).replace(/\.$/, '');
}

async function showPlan(io: Io, connected: ConnectedDatabase, options: MigrateOptions): Promise<void> {
  const { db, label } = connected;
  const state = await readMigrationState(db);
  refuseOther(state, label);
  const mode = state.mode ?? (await detectMode(db));
  const statements = plannedStatements(state.pending, mode);
  const confirms = options.confirmDatabase === true ? await needsConfirmation(connected) : null;
  if (options.json === true) {
    writeJson(io, {
      database: label,
      dry_run: true,
      mode,
      pending: state.pending.map(({ name }) => name),
      statements,
      ...(confirms === null ? {} : { would_confirm_database: confirms }),
    });
    return;
  }
  for (const statement of statements) io.stdout.write(`${statement};\n\n`);
  if (confirms !== null) {
    const words = confirms
      ? `This would ${await confirmationWords(connected)}.`
      : 'The database is confirmed already.';
    writeLine(io.stdout, `-- ${words}`);
  }
  writeLine(
    io.stdout,
    statements.length === 0
      ? '-- Nothing to do: the database is at the version of this program.'
      : `-- ${modeSentence(mode)} Nothing was changed.`,
  );
}

async function bringUp(
  io: Io,
  connected: ConnectedDatabase,
  configuration: Configuration,
  options: MigrateOptions,
): Promise<void> {
  const { outcome, confirmed } = await bringUpDatabase(
    io,
    connected,
    configuration,
    options.confirmDatabase === true ? readActor(io, options.as) : null,
  );
  if (options.json === true) {
    writeJson(io, {
      database: connected.label,
      mode: outcome.mode,
      applied: outcome.applied.map(({ name }) => name),
      passed_over: outcome.passedOver.map(({ name }) => name),
      database_confirmed: confirmed,
    });
    return;
  }
  for (const line of outcomeSentences(outcome)) writeLine(io.stdout, line);
  if (confirmed !== null) {
    writeLine(
      io.stdout,
      confirmed
        ? 'The database is confirmed: messages may be sent from it.'
        : 'The database was confirmed already; nothing was changed.',
    );
  }
}
