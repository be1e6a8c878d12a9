import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, inject, it } from 'vitest';
import { z } from 'zod';
import { runCommandLine } from '../../../bin/command-line.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { httpPeer } from '../../notify/channels/peers.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { memoryIo } from '../../support/memory-io.ts';

const secret = 's3cret-V4lue-77';

const runDocument = z.object({
  status: z.string(),
  result: z
    .object({
      reviews: z.array(
        z.looseObject({
          outcome: z.string(),
          reason: z.string().optional(),
          findings: z.record(z.string(), z.int()).optional(),
        }),
      ),
    })
    .nullish(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});

/** An API with pages, one that is broken, and one that never answers; each tells everybody what it was sent. */
function api() {
  return httpPeer((response, { path, headers }) => {
    const { pathname, searchParams } = new URL(path, 'http://x');
    const page = Number(searchParams.get('after') ?? 0);
    if (pathname === '/slow') return;
    if (pathname === '/broken' || headers.authorization !== `Bearer ${secret}`) {
      response.writeHead(500, { 'x-sent': headers.authorization ?? '' }).end(JSON.stringify(headers));
      return;
    }
    const people = [0, 1].map((n) => ({ email: `p${page * 2 + n}@x.org`, role: 'dev' }));
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ data: { people }, meta: { next: page < 2 ? page + 1 : null } }));
  });
}

/** All that is stored, as text. */
async function everyRow({ db }: OpenDatabase): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'opsdeck_jobs')`.execute(
    db,
  );
  const texts = tables.map(({ name }) => `select string_agg(t::text, E'\n') as text from ${name} as t`);
  const { rows } = await sql<{
    text: string;
  }>`select coalesce(string_agg(text, E'\n'), '') as text from (${sql.raw(texts.join(' union all '))}) as all_rows`.execute(
    db,
  );
  return rows[0]?.text ?? '';
}

onEachDatabase((harness) => {
  it('reviews what an API gives, page by page, and shows its secret nowhere, whatever the API answers', async () => {
    const database = await harness.fresh();
    const where = harness.configOf(database);
    const peer = await api();
    const cwd = await mkdtemp(join(inject('scratch'), 'api-job-'));
    const config = {
      allow_private_destinations: true,
      jobs: { uar: { settings: { api_hosts: { HR_API: [peer.url] } } } },
    };
    await writeFile(join(cwd, 'opsdeck-jobs.json'), JSON.stringify(config));
    const present = [0, 1, 2, 3].map((n) => ({ email: `p${n}@x.org`, role: n === 3 ? 'admin' : 'dev' }));
    for (const path of ['/people', '/broken', '/slow']) {
      const source = {
        url: `${peer.url}${path}`,
        secret: 'HR_API',
        items: 'data.people',
        pagination: { type: 'cursor', path: 'meta.next', param: 'after' },
      };
      await database.db
        .insertInto('uar_comparison')
        .values({
          name: path,
          source_a_type: 'API',
          source_a_config: JSON.stringify(source),
          source_b_type: 'JSON',
          source_b_config: JSON.stringify({ json_data: [...present, { email: 'left@x.org', role: 'dev' }] }),
          key_field_a: 'email',
          key_field_b: 'email',
          field_mappings: JSON.stringify([{ field_a: 'role', field_b: 'role' }]),
          schedule_type: 'manual',
          is_enabled: true,
          is_archived: false,
        })
        .execute();
    }
    const log = join(cwd, 'log.json');
    let said = '';
    const run = async (comparison: number, stop = new AbortController().signal) => {
      const { io, stdout, stderr } = memoryIo({
        cwd,
        stop,
        env: {
          HOME: cwd,
          TIMEZONE: 'UTC',
          OPSDECK_JOBS_SECRET_HR_API: secret,
          ...(where.kind === 'postgres'
            ? { DATABASE_URL: where.url }
            : { OPSDECK_JOBS_DATA_DIR: where.dataDir }),
        },
        ...(where.kind === 'postgres' ? {} : { held: database }),
      });
      const command = ['run-job', 'uar', '--param', `comparison=${comparison}`, '--json'];
      const code = await runCommandLine([...command, '--log-file', log, '--log-level', 'debug'], io);
      said += stdout() + stderr();
      return { code, run: runDocument.parse(JSON.parse(stdout())) };
    };

    const good = await run(1);
    expect(good).toMatchObject({ code: 0, run: { status: 'succeeded' } });
    expect(good.run.result?.reviews).toEqual([
      expect.objectContaining({
        outcome: 'completed',
        rows: { a: 6, b: 5 },
        findings: expect.objectContaining({ 'Left Only (A)': 2, 'Right Only (B)': 1, Mismatch: 1 }),
      }),
    ]);
    expect(peer.received.map(({ path }) => path)).toEqual(['/people', '/people?after=1', '/people?after=2']);

    const broken = await run(2);
    expect(broken).toMatchObject({
      code: 1,
      run: { status: 'failed', error: { code: 'review_inconclusive' } },
    });
    expect(broken.run.result?.reviews[0]).toMatchObject({
      outcome: 'inconclusive',
      reason: `The API at 127.0.0.1:${peer.port}, page 1: it answered 500: it is out of order.`,
    });

    // The run ends while it waits, and nothing is resolved.
    const stop = new AbortController();
    const slow = run(3, stop.signal);
    await peer.arrival(4);
    stop.abort('SIGTERM');
    expect(await slow).toMatchObject({ code: 143, run: { status: 'interrupted' } });
    expect(peer.received.map(({ path }) => path).slice(3)).toEqual(['/broken', '/slow']);

    const { rows } = await sql`
      select f.finding_type, f.key_value, f.status from uar_finding f order by f.key_value`.execute(
      database.db,
    );
    expect(rows).toEqual([
      { finding_type: 'Right Only (B)', key_value: 'left@x.org', status: 'open' },
      { finding_type: 'Mismatch', key_value: 'p3@x.org', status: 'open' },
      { finding_type: 'Left Only (A)', key_value: 'p4@x.org', status: 'open' },
      { finding_type: 'Left Only (A)', key_value: 'p5@x.org', status: 'open' },
    ]);
    // Each was sent it, and nothing that anybody can read holds it.
    expect(new Set(peer.received.map(({ headers }) => headers.authorization))).toEqual(
      new Set([`Bearer ${secret}`]),
    );
    const [stored, logged] = [await everyRow(database), await readFile(log, 'utf8')];
    expect(stored).toContain('p4@x.org');
    expect(logged).toContain('uar.inconclusive');
    for (const text of [said, logged, stored]) expect(text).not.toContain(secret);
  });
});
