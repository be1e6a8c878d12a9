import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { runCommandLine } from '../../bin/command-line.ts';
import { onEachDatabase } from '../support/databases.ts';
import { memoryIo } from '../support/memory-io.ts';
import { environmentFor } from '../support/program-database.ts';

onEachDatabase((harness) => {
  it('a parameter that is an id takes the name as well, and the run keeps the id', async () => {
    const database = await harness.fresh();
    const env = environmentFor(harness.configOf(database));
    const io = harness.kind === 'postgres' ? { env } : { env, held: database };
    const run = async (...args: string[]) => {
      const memory = memoryIo({ ...io, cwd: '/' });
      const code = await runCommandLine(['run-job', ...args], memory.io);
      return { code, stdout: memory.stdout(), stderr: memory.stderr() };
    };
    await sql`
      insert into framework (id, name, is_active, is_custom) values (7, 'ISO 27001', true, false), (8, 'NIS2', true, false)`.execute(
      database.db,
    );
    const drift = (name: string, ...more: string[]) =>
      run('compliance-drift', '--allow-empty', '--param', `framework=${name}`, ...more);
    expect(await drift('iso 27001', '--dry-run')).toMatchObject({ code: 0 });
    expect(await drift('ISO 27001', '--json')).toMatchObject({ code: 0 });
    const { rows } = await sql<{ params: unknown }>`select params from opsdeck_jobs.job_run`.execute(
      database.db,
    );
    expect(rows).toEqual([{ params: { framework: 7 } }]);

    expect(await drift('ISO 27002')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining("There is no framework 'ISO 27002'; did you mean 'ISO 27001'?"),
    });
    expect(await drift('9')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[unknown_framework]'),
    });
    // What can be no number is no name either, and is refused as ever.
    expect(await drift('-1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not the id of a framework'),
    });
    expect(await run('uar', '--param', 'comparison=Payroll')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("There is no comparison 'Payroll'."),
    });
  });
});
