import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { runCommandLine } from '../../bin/command-line.ts';
import { onEachDatabase } from '../support/databases.ts';
import { memoryIo } from '../support/memory-io.ts';
import { environmentFor } from '../support/program-database.ts';

onEachDatabase((harness) => {
  it('decisions list shows who decided what and why, and chooses by time, person and kind', async () => {
    const database = await harness.fresh();
    const env = environmentFor(harness.configOf(database));
    const io = harness.kind === 'postgres' ? { env } : { env, held: database };
    const run = async (...args: string[]) => {
      const memory = memoryIo({ ...io, cwd: '/' });
      return {
        code: await runCommandLine(args, memory.io),
        stdout: memory.stdout(),
        stderr: memory.stderr(),
      };
    };
    expect((await run('decisions', 'list')).stdout).toBe('No decision was found.\n');
    await sql`
      insert into opsdeck_jobs.action_log (at, actor, action, subject, after, note)
      values (now() - interval '3 days', 'ben@example.org', 'rate.accept', 'rate:TRY', '{"rates": []}', 'as published')`.execute(
      database.db,
    );
    const pause = [
      'pause',
      'uar',
      '--until',
      '2099-01-01',
      '--reason',
      'audit week',
      '--as',
      'ana@example.org',
    ];
    expect(await run(...pause)).toMatchObject({ code: 0 });
    await run('messages', 'hold-all', '--reason', 'wrong list', '--as', 'ana@example.org');

    const all = await run('decisions', 'list', '--format', 'json');
    expect(JSON.parse(all.stdout)).toMatchObject({
      schema: 1,
      decisions: [
        { by: 'ana@example.org', action: 'sending.stop', about: 'sending', reason: 'wrong list' },
        { by: 'ana@example.org', action: 'job.pause', about: 'job:uar', reason: 'audit week' },
        { by: 'ben@example.org', action: 'rate.accept', about: 'rate:TRY', reason: 'as published' },
      ],
    });
    const shown = async (...args: string[]) =>
      JSON.parse((await run('decisions', 'list', '--json', ...args)).stdout).decisions.map(
        ({ about }: { about: string }) => about,
      );
    expect(await shown('--since', '2d')).toEqual(['sending', 'job:uar']);
    expect(await shown('--by', 'Ben@example.org')).toEqual(['rate:TRY']);
    expect(await shown('--kind', 'job', '--since', '2d')).toEqual(['job:uar']);
    const limited = await run('decisions', 'list', '--limit', '1');
    const [, key = ''] = /^The list goes on: --after (\S+) shows/m.exec(limited.stdout) ?? [];
    expect(await shown('--limit', '1', '--after', key)).toEqual(['job:uar']);
    expect(await shown('--after', key)).toEqual(['job:uar', 'rate:TRY']);
    expect(await run('decisions', 'list', '--after', '4711')).toMatchObject({ code: 2 });
    expect(limited.stdout).toMatch(/^WHEN +BY +DECISION +ABOUT +REASON$/m);
    expect(await run('decisions', 'list', '--kind', 'rates')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('No decision is about a rates; did you mean rate?'),
    });
  });
});
