import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { jobs } from '../../jobs/index.ts';
import { list } from '../../src/cli/actions/list.ts';
import { migrate } from '../../src/cli/actions/migrate.ts';
import type { Io } from '../../src/cli/io.ts';
import { listJobs } from '../../src/status/list-jobs.ts';
import { type Session, withSession } from '../../src/cli/session.ts';
import type { DatabaseConfig } from '../../src/config/config.ts';
import { type ConnectedDatabase, connectDatabase } from '../../src/db/connect.ts';
import { ExitCode } from '../../src/errors/exit-code.ts';
import { OperatorError } from '../../src/errors/operator-error.ts';
import { onEachDatabase, onEmbedded, onPostgres } from '../support/databases.ts';
import { memoryIo } from '../support/memory-io.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsdeck-jobs-session-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Until another connection to this database waits for a lock. */
async function someoneWaits({ db }: ConnectedDatabase): Promise<void> {
  for (let waiting = 0; waiting === 0; ) {
    const { rows } = await sql<{ waiting: number }>`
      select count(*)::int as waiting from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
    waiting = rows[0]?.waiting ?? 0;
  }
}

function ioFor(config: DatabaseConfig, env: Readonly<Record<string, string>> = {}, stop?: AbortSignal) {
  const where: Record<string, string> =
    config.kind === 'postgres' ? { DATABASE_URL: config.url } : { OPSDECK_JOBS_DATA_DIR: config.dataDir };
  return memoryIo({
    cwd: folder,
    env: { HOME: folder, ...where, ...env },
    ...(stop === undefined ? {} : { stop }),
  });
}

const done = async () => ExitCode.ok;

onEachDatabase((harness) => {
  it('names which database it uses, on stderr and without its password, and returns what the work returns', async () => {
    const { io, stdout, stderr } = ioFor(await harness.config());
    const exitCode = await withSession(io, {}, {}, async ({ database }) => {
      expect(stderr()).toBe(`Using ${database.label}\n`);
      return ExitCode.found;
    });
    expect(exitCode).toBe(4);
    expect(stdout()).toBe('');
    expect(stderr()).not.toMatch(/:[^@\s]+@/);
  });

  it('prints nothing when quiet', async () => {
    const { io, stderr } = ioFor(await harness.config());
    expect(await withSession(io, {}, { quiet: true }, done)).toBe(0);
    expect(stderr()).toBe('');
  });

  it('counts days in UTC on a database of ours, in OpsDeck’s default zone on one of OpsDeck’s, which it reports', async () => {
    const own = ioFor(await harness.config('standalone'));
    await withSession(own.io, {}, {}, async ({ zones }) => {
      expect(zones.business).toBe('UTC');
      return ExitCode.ok;
    });
    expect(own.stderr()).not.toContain('TIMEZONE');

    const attached = ioFor(await harness.config('attached'));
    await withSession(attached.io, {}, {}, async ({ zones }) => {
      expect(zones.business).toBe('Europe/Madrid');
      return ExitCode.ok;
    });
    expect(attached.stderr()).toContain('TIMEZONE is not set; using Europe/Madrid');
  });

  it('TIMEZONE and the stored zone of the configuration go before what is found', async () => {
    const env = { TIMEZONE: 'Asia/Tokyo', OPSDECK_JOBS_STORED_TIMEZONE: 'Europe/Rome' };
    const { io, stderr } = ioFor(await harness.config('attached'), env);
    await withSession(io, {}, {}, async ({ zones }) => {
      expect(zones).toEqual({ business: 'Asia/Tokyo', stored: 'Europe/Rome' });
      return ExitCode.ok;
    });
    expect(stderr()).not.toContain('TIMEZONE is not set');
  });

  it('closes the database and the log also when the work fails, and no secret leaves with the error', async () => {
    const log = join(folder, 'jobs.log');
    const { io } = ioFor(await harness.config(), { EMAIL_PASSWORD: 'hunter2hunter2' });
    let kept: Session | undefined;
    const failing = withSession(io, { logFile: log }, {}, async (session) => {
      kept = session;
      throw new TypeError('login hunter2hunter2 refused');
    });
    await expect(failing).rejects.toMatchObject({ name: 'TypeError', message: 'login [secret] refused' });
    await expect(
      kept?.database.db.selectFrom('opsdeck_jobs.job_run').select('id').execute(),
    ).rejects.toThrow();
    const written = readFileSync(log, 'utf8');
    expect(written).toContain('command.failed');
    expect(written).not.toContain('hunter2');
  });
});

onEmbedded((harness) => {
  it('the first use of an embedded database makes it; what needs the jobs adds them, enabled but for those that start disabled', async () => {
    const config = await harness.config('empty');
    const { io } = ioFor(config);
    await withSession(io, {}, {}, async (session) => {
      const stored = () =>
        session.database.db.selectFrom('opsdeck_jobs.job_state').select(['job', 'enabled']).execute();
      expect(await stored()).toEqual([]);
      await listJobs(session, 1);
      expect((await stored()).toSorted((a, b) => a.job.localeCompare(b.job))).toEqual(
        jobs
          .map(({ name, enabledAtFirst }) => ({ job: name, enabled: enabledAtFirst !== false }))
          .toSorted((a, b) => a.job.localeCompare(b.job)),
      );
      return ExitCode.ok;
    });
  });

  it('a wrong configuration opens nothing', async () => {
    const dataDir = join(folder, 'data');
    const { io } = ioFor({ kind: 'embedded', dataDir }, { SMTP_PORT: 'x' });
    await expect(withSession(io, {}, {}, done)).rejects.toMatchObject({
      code: 'invalid_configuration',
      exitCode: 2,
    });
    expect(existsSync(dataDir)).toBe(false);
  });

  it('a wrong log level opens nothing', async () => {
    const dataDir = join(folder, 'data');
    const { io } = ioFor({ kind: 'embedded', dataDir });
    await expect(withSession(io, { logLevel: 'loud' }, {}, done)).rejects.toMatchObject({
      code: 'invalid_log_level',
      exitCode: 2,
    });
    expect(existsSync(dataDir)).toBe(false);
  });
});

onEachDatabase((harness) => {
  const endless = sql`select count(*) from generate_series(1, 1000000000000)`;

  it('asked to stop, ends the statement that runs and the ones that come', async () => {
    const controller = new AbortController();
    const { io } = ioFor(await harness.config(), {}, controller.signal);
    const ended = withSession(io, {}, { quiet: true }, async ({ database }) => {
      controller.abort('SIGINT');
      await endless.execute(database.db).catch(() => undefined);
      await endless.execute(database.db);
      return ExitCode.ok;
    });
    await expect(ended).rejects.toMatchObject({ code: 'statement_cancelled' });
  });

  it('asked to stop, leaves a run alone that answers for itself, until it is over', async () => {
    const controller = new AbortController();
    const { io } = ioFor(await harness.config(), {}, controller.signal);
    const recorded: string[] = [];
    const ended = withSession(io, {}, { quiet: true }, async ({ database, inChargeOfStop }) => {
      await inChargeOfStop(async () => {
        controller.abort('SIGTERM');
        await sql`select count(*) from generate_series(1, 2000000)`.execute(database.db);
        recorded.push('its end');
      });
      await endless.execute(database.db);
      return ExitCode.ok;
    });
    await expect(ended).rejects.toMatchObject({ code: 'statement_cancelled' });
    expect(recorded).toEqual(['its end']);
  });
});

onPostgres((harness) => {
  it.each([
    ['list', 'lock table opsdeck_jobs.job_state', (io: Io) => list(io, {}, {})],
    ['opening', 'lock table opsdeck_jobs.migration', (io: Io) => withSession(io, {}, {}, done)],
    ['migrate', 'select pg_advisory_xact_lock(7305204112)', (io: Io) => migrate(io, {}, {})],
  ] as const)('%s that waits for a lock ends when asked to stop', async (_, lock, command) => {
    const config = await harness.config();
    const holder = await connectDatabase(config, { applicationName: 'lock holder', waitMs: 0 });
    const controller = new AbortController();
    const { io } = ioFor(config, {}, controller.signal);
    await holder.db.transaction().execute(async (trx) => {
      await sql.raw(lock).execute(trx);
      const ended = command(io).catch((error: unknown) => error);
      await someoneWaits(holder);
      controller.abort('SIGTERM');
      expect(await ended).toMatchObject({ code: 'statement_cancelled' });
    });
    await holder.close();
  });

  it('a PostgreSQL database that is not migrated is refused, not migrated on the way', async () => {
    const { io } = ioFor(await harness.config('empty'));
    const refused = withSession(io, {}, {}, done);
    await expect(refused).rejects.toBeInstanceOf(OperatorError);
    await expect(refused).rejects.toMatchObject({ code: 'not_migrated', exitCode: 2 });
  });
});
