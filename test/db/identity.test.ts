import { cp } from 'node:fs/promises';
import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { list } from '../../src/cli/actions/list.ts';
import { messagesHoldAll, messagesResume } from '../../src/cli/actions/messages-sending.ts';
import { migrate } from '../../src/cli/actions/migrate.ts';
import type { Io } from '../../src/cli/io.ts';
import type { DatabaseConfig } from '../../src/config/config.ts';
import { connectDatabase } from '../../src/db/connect.ts';
import type { ExitCode } from '../../src/errors/exit-code.ts';
import { sendingAllowed } from '../../src/notify/outbox/sending.ts';
import { type DatabaseHarness, onEachDatabase, onPostgres } from '../support/databases.ts';
import { memoryIo } from '../support/memory-io.ts';
import { environmentFor, visit } from '../support/program-database.ts';

async function tell(where: DatabaseConfig, action: (io: Io) => Promise<ExitCode>) {
  const { io, stdout, stderr } = memoryIo({ env: environmentFor(where) });
  expect(await action(io)).toBe(0);
  return { stdout: stdout(), stderr: stderr() };
}

/** A dump that was restored, or a folder that was copied. */
async function copyOf(harness: DatabaseHarness, where: DatabaseConfig): Promise<DatabaseConfig> {
  if (where.kind === 'embedded') {
    const dataDir = `${where.dataDir}-copy`;
    await cp(where.dataDir, dataDir, { recursive: true });
    return { kind: 'embedded', dataDir };
  }
  const url = new URL(where.url);
  const name = url.pathname.slice(1);
  const admin = await connectDatabase(await harness.config('empty'), {
    applicationName: 'opsdeck-jobs test',
    waitMs: 0,
  });
  await sql`create database ${sql.id(`${name}_copy`)} template ${sql.id(name)}`.execute(admin.db);
  await admin.close();
  url.pathname = `/${name}_copy`;
  onTestFinished(async () => {
    const again = await connectDatabase(await harness.config('empty'), {
      applicationName: 'opsdeck-jobs test',
      waitMs: 0,
    });
    await sql`drop database ${sql.id(`${name}_copy`)}`.execute(again.db);
    await again.close();
  });
  return { kind: 'postgres', url: url.href };
}

const maySend = (where: DatabaseConfig) =>
  visit(where, async ({ db }) => (await sendingAllowed.execute(db)).rows.length === 1);

onEachDatabase((harness) => {
  it('a restored or copied database sends nothing until it is confirmed, and every command reports it', async () => {
    const original = await harness.config('empty');
    expect((await tell(original, (io) => migrate(io, {}, {}))).stderr).not.toContain('copied');
    const copy = await copyOf(harness, original);
    const seen = await tell(copy, (io) => list(io, {}, { json: true }));
    expect(seen.stderr).toMatch(
      /restored or copied\. No message is sent from it\..* migrate --confirm-database/,
    );
    expect(JSON.parse(seen.stdout)).toMatchObject({ sending_stopped: { by: 'opsdeck-jobs' } });
    expect(await maySend(copy)).toBe(false);
    // A plain `migrate` reports it and confirms nothing.
    expect((await tell(copy, (io) => migrate(io, {}, {}))).stderr).toContain('restored or copied');
    expect(await maySend(copy)).toBe(false);
    for (const [first, words] of [
      ['stopped', 'The stop of `messages hold-all` is ended, but sending is still stopped: '],
      ['not', 'Nothing was changed: `messages hold-all` does not stop sending, but it is stopped: '],
    ]) {
      if (first === 'stopped') await tell(copy, (io) => messagesHoldAll(io, {}, { as: 'ana@example.org' }));
      const { stdout } = await tell(copy, (io) => messagesResume(io, {}, { as: 'ana@example.org' }));
      expect(stdout).toContain(words);
      expect(stdout).toContain(' was restored or copied.\nNext: opsdeck-jobs migrate --confirm-database\n');
    }
    const confirm = (io: Io) => migrate(io, {}, { confirmDatabase: true, yes: true, as: 'ana@example.org' });
    await expect(tell(copy, (io) => migrate(io, {}, { confirmDatabase: true }))).rejects.toMatchObject({
      code: 'confirmation_needed',
      message: expect.stringMatching(
        /^Let messages be sent from this database, .+ \(0 messages of opsdeck-jobs are due\)\?/,
      ),
    });
    const plan = await tell(copy, (io) => migrate(io, {}, { confirmDatabase: true, dryRun: true }));
    expect(plan.stdout).toContain('-- This would let messages be sent from this database, ');
    expect(await maySend(copy)).toBe(false);
    const confirmed = await tell(copy, confirm);
    expect(confirmed.stdout).toContain('The database is confirmed: messages may be sent from it.');
    expect(confirmed.stderr).not.toContain('restored or copied');
    expect((await tell(copy, confirm)).stdout).toContain('confirmed already; nothing was changed');
    expect(await maySend(copy)).toBe(true);
    await visit(copy, async ({ db }) => {
      const { rows } = await sql`
        select confirmed_by from opsdeck_jobs.database_identity order by id`.execute(db);
      expect(rows[0]).toEqual({ confirmed_by: 'first migrate' });
      const { rows: log } = await sql`
        select actor from opsdeck_jobs.action_log where action = 'database.confirm'`.execute(db);
      expect(log).toEqual([{ actor: 'ana@example.org' }]);
    });
    // The original never noticed.
    expect((await tell(original, (io) => list(io, {}, {}))).stderr).toBe('');
    expect(await maySend(original)).toBe(true);
  });
});

onPostgres((harness) => {
  it('another name of the same host only warns, until that place is confirmed', async () => {
    const where = await harness.config('empty');
    if (where.kind !== 'postgres') throw new Error('not PostgreSQL');
    await tell(where, (io) => migrate(io, {}, {}));
    await visit(where, ({ db }) =>
      sql`update opsdeck_jobs.database_identity set place = 'PostgreSQL a at b:1'`.execute(db),
    );
    const warned = await tell(where, (io) => list(io, {}, {}));
    expect(warned.stderr).toContain('was known as PostgreSQL a at b:1 and is now PostgreSQL');
    expect(await maySend(where)).toBe(true);
    await tell(where, (io) => migrate(io, {}, { confirmDatabase: true, yes: true }));
    expect((await tell(where, (io) => list(io, {}, {}))).stderr).toBe('');
  });

  it('an identity that was stored without the system identifier is compared by the rest', async () => {
    const where = await harness.config('empty');
    await tell(where, (io) => migrate(io, {}, {}));
    await visit(where, async ({ db }) => {
      await sql`update opsdeck_jobs.database_identity set system_identifier = null`.execute(db);
    });
    expect((await tell(where, (io) => list(io, {}, {}))).stderr).toBe('');
    expect(await maySend(where)).toBe(true);
  });
});
