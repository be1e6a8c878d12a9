import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Session, withSession } from '../../src/cli/session.ts';
import type { DatabaseConfig } from '../../src/config/config.ts';
import { OperatorError } from '../../src/errors.ts';
import { ExitCode } from '../../src/exit-code.ts';
import { jobs } from '../../src/job/registry.ts';
import { onEachDatabase, onEmbedded, onPostgres } from '../support/databases.ts';
import { memoryIo } from '../support/memory-io.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsdeck-jobs-session-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function ioFor(config: DatabaseConfig, env: Readonly<Record<string, string>> = {}) {
  const where: Record<string, string> =
    config.kind === 'postgres' ? { DATABASE_URL: config.url } : { OPSDECK_JOBS_DATA_DIR: config.dataDir };
  return memoryIo({ cwd: folder, env: { HOME: folder, ...where, ...env } });
}

const done = async () => ExitCode.ok;

onEachDatabase((harness) => {
  it('says which database it uses, on stderr and without its password, and returns what the work returns', async () => {
    const { io, stdout, stderr } = ioFor(await harness.config());
    const exitCode = await withSession(io, {}, {}, async ({ database }) => {
      expect(stderr()).toBe(`Using ${database.label}\n`);
      return ExitCode.found;
    });
    expect(exitCode).toBe(4);
    expect(stdout()).toBe('');
    expect(stderr()).not.toMatch(/:[^@\s]+@/);
  });

  it('says nothing when quiet', async () => {
    const { io, stderr } = ioFor(await harness.config());
    expect(await withSession(io, {}, { quiet: true }, done)).toBe(0);
    expect(stderr()).toBe('');
  });

  it('counts days in UTC on a database of ours, in OpsDeck’s default zone on one of OpsDeck’s, which it says', async () => {
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
  it('the first use of an embedded database makes it, with every job registered', async () => {
    const config = await harness.config('empty');
    const { io } = ioFor(config);
    const names: string[] = [];
    await withSession(io, {}, {}, async ({ database }) => {
      const rows = await database.db
        .selectFrom('opsdeck_jobs.job_state')
        .select(['job', 'enabled'])
        .execute();
      for (const row of rows) {
        expect(row.enabled).toBe(true);
        names.push(row.job);
      }
      return ExitCode.ok;
    });
    expect(names.sort()).toEqual(jobs.map(({ name }) => name).sort());
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

onPostgres((harness) => {
  it('a PostgreSQL database that is not migrated is refused, not migrated on the way', async () => {
    const { io } = ioFor(await harness.config('empty'));
    const refused = withSession(io, {}, {}, done);
    await expect(refused).rejects.toBeInstanceOf(OperatorError);
    await expect(refused).rejects.toMatchObject({ code: 'not_migrated', exitCode: 2 });
  });
});
