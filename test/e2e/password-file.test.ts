import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { onPostgres } from '../support/databases.ts';
import { jobsFolder } from '../support/job-files.ts';
import { passwordRole } from '../support/postgres-server.ts';
import { runProgram } from '../support/program.ts';
import { environmentFor, visit } from '../support/program-database.ts';

onPostgres((harness) => {
  it('a password file is read in silence, a readable one is refused, and a stricter PGSSLMODE prevents the connection', async () => {
    const config = await harness.config();
    const cwd = jobsFolder({});
    const role = `${passwordRole}_file`;
    const url = new URL(environmentFor(config)['DATABASE_URL'] ?? '');
    const port = url.port;
    url.username = role;
    const file = join(cwd, 'passwords');
    writeFileSync(file, `127.0.0.1:${port}:*:${role}:ri\\:ght\n`, { mode: 0o600 });
    await visit(config, async ({ db }) => {
      await sql.raw(`create role ${role} superuser login password 'ri:ght'`).execute(db);
      await sql.raw(`alter role ${role} set timezone to 'UTC'`).execute(db);
    });
    const list = (env: Readonly<Record<string, string>>) =>
      runProgram(['metrics'], { cwd, env: { DATABASE_URL: url.href, ...env } });
    try {
      expect((await list({})).code).toBe(2);
      const inFile = await list({ PGPASSFILE: file });
      expect(inFile).toMatchObject({ code: 0, stderr: expect.not.stringMatching(/warning|deprecat/i) });
      expect((await list({ PGPASSWORD: 'ri:ght' })).code).toBe(0);
      const strict = await list({ PGPASSFILE: file, PGSSLMODE: 'require' });
      expect(strict).toMatchObject({ code: 2, stderr: expect.stringContaining('PGSSLMODE=require') });
      chmodSync(file, 0o644);
      const readable = await list({ PGPASSFILE: file });
      expect(readable).toMatchObject({ code: 2, stderr: expect.stringContaining('[password_file]') });
    } finally {
      await visit(config, ({ db }) => sql.raw(`drop role ${role}`).execute(db));
    }
  });
});
