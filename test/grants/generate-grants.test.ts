import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { jobs } from '../../jobs/index.ts';
import { generateGrants } from '../../src/cli/actions/generate-grants.ts';
import { readRights } from '../../src/grants/read-rights.ts';
import type { GrantRole } from '../../src/grants/role-words.ts';
import { usualRoleNames } from '../../src/grants/script.ts';
import { wantedRights } from '../../src/grants/wanted-rights.ts';
import { onOpsdeck } from '../support/databases.ts';
import { memoryIo } from '../support/memory-io.ts';
import { visit } from '../support/program-database.ts';

/** Roles are the server's, which other test files use as well. */
const own = (name: string) => `${name}_${process.pid}`;
const names = {
  runner: own('generated_runner'),
  retention: own('generated_retention'),
  query: own('generated_query'),
  reader: own('generated_reader'),
};

onOpsdeck((harness) => {
  it('prints what is enough for each role, names nothing that this OpsDeck lacks, and no role needs it twice', async () => {
    const config = await harness.config();
    if (config.kind !== 'postgres') throw new Error('OpsDeck has PostgreSQL');
    const url = new URL(config.url);
    url.username = names.runner;
    const retention = new URL(config.url);
    retention.username = names.retention;
    const env = { DATABASE_URL: url.href, OPSDECK_JOBS_RETENTION_DATABASE_URL: retention.href };
    const generate = async (role?: GrantRole) => {
      const memory = memoryIo({ env });
      expect(await generateGrants(memory.io, {}, role === undefined ? {} : { role })).toBe(0);
      return memory
        .stdout()
        .replaceAll('opsdeck_query', names.query)
        .replaceAll('opsdeck_reader', names.reader);
    };
    await visit(config, async ({ db }, runSql) => {
      await runSql(`create role ${names.runner} login`);
      try {
        const wanted = wantedRights(jobs, { ...usualRoleNames, ...names });
        const before = await readRights(db, wanted);
        expect(before.roles.map(({ exists }) => exists)).toEqual([true, false]);
        expect(before.roles[0]?.missing.length).toBeGreaterThan(20);
        expect(before.roles[0]?.missingSchemas).toEqual(['opsdeck_jobs']);

        const script = await generate();
        expect(/\bevent_rule\b/.test(script)).toBe(harness.revision === '026');
        expect(script).not.toContain('to_regclass');
        for (const text of [script, script, await generate('query'), await generate('reader')])
          await runSql(text);

        const after = await readRights(db, wanted);
        for (const role of after.roles) {
          expect(role).toMatchObject({
            exists: true,
            missing: [],
            missingSequences: [],
            missingSchemas: [],
            lacksOwnTables: false,
          });
        }
        await runSql('create table opsdeck_jobs.of_a_later_version (id int)');
        const { rows } = await sql`
          select has_table_privilege(${names.runner}, 'opsdeck_jobs.of_a_later_version', 'insert') as runner,
                 has_table_privilege(${names.reader}, 'opsdeck_jobs.of_a_later_version', 'select') as reader,
                 has_table_privilege(${names.reader}, 'opsdeck_jobs.of_a_later_version', 'insert') as reader_writes,
                 has_table_privilege(${names.runner}, 'opsdeck_jobs.action_log', 'update') as changes_history,
                 has_column_privilege(${names.runner}, 'public.license', 'license_key', 'select') as reads_keys,
                 has_table_privilege(${names.query}, 'opsdeck_jobs.message', 'select') as query_reads_ours`.execute(
          db,
        );
        expect(rows).toEqual([
          {
            runner: true,
            reader: true,
            reader_writes: false,
            changes_history: false,
            reads_keys: false,
            query_reads_ours: false,
          },
        ]);
      } finally {
        for (const role of [names.reader, names.query, names.retention, names.runner]) {
          await runSql(
            `do $$ begin if to_regrole('${role}') is not null then drop owned by ${role}; drop role ${role}; end if; end $$`,
          );
        }
      }
    });
  });
});

it('an embedded database has no roles to grant to', async () => {
  const memory = memoryIo({ env: { OPSDECK_JOBS_DATA_DIR: '/nonexistent' } });
  await expect(generateGrants(memory.io, {}, {})).rejects.toMatchObject({ code: 'no_roles', exitCode: 2 });
});
