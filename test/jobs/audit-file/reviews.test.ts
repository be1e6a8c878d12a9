import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { reportAuditFile } from '../../../jobs/audit-file/commands/report-audit-file.action.ts';
import { uarDecide } from '../../../jobs/uar/commands/uar-decide.action.ts';
import { addUarException } from '../../../jobs/uar/commands/uar-exception.action.ts';
import { signOff } from '../../../jobs/uar/commands/uar-sign-off.action.ts';
import { readPopulation } from '../../../jobs/uar/population/read-population.ts';
import { commandLine } from '../../support/command-line.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { newWorld, type World } from '../uar/world.ts';
import { rowsOf, unpacked } from './archive.ts';

interface Finding {
  readonly key: string;
  readonly exception_id: number | null;
  readonly decision: unknown;
}

async function executed(world: World, comparison: number, at: string): Promise<number> {
  world.clock.set(at);
  const review = await world.now(comparison);
  if (typeof review.execution_id !== 'number') throw new Error(JSON.stringify(review));
  return review.execution_id;
}

/** A transaction has the same number until it ends. */
async function isSameAfterReading(world: World, comparison: number, execution: number): Promise<boolean> {
  const { db } = world.database;
  return db.transaction().execute(async (trx) => {
    const number = async () =>
      (await sql<{ n: string }>`select pg_current_xact_id()::text as n`.execute(trx)).rows[0]?.n;
    const before = await number();
    const { rows } = await readPopulation(trx, { execution_id: execution, comparison_id: comparison });
    for await (const _ of rows()) break;
    let read = 0;
    for await (const _ of rows()) read += 1;
    return read === 7 && before === (await number());
  });
}

onEachDatabase((harness) => {
  it('has each review with its population, findings, decisions, exceptions and sign-off, and who left', async () => {
    const world = await newWorld(harness);
    const { db } = world.database;
    await sql`insert into framework (name, is_custom, is_active) values ('ISO', true, true)`.execute(db);
    world.clock.set('2026-02-09T07:00:00Z');
    const idp = await world.comparison(
      'idp',
      { field_mappings: '[]' },
      { departure: 'role', leaver_limit: 5 },
    );
    await world.user('ana@x.org', { name: 'Ana Alba' });
    await world.user('kim@x.org');
    const staff = ['ann@x.org:', 'bob@x.org:2026-02-10', 'odd@x.org:soon says Ana'];
    await world.sides('idp', staff, ['ann@x.org:', 'bob@x.org:', 'odd@x.org:', 'svc-seven:', 'eve@x.org:']);
    const first = await executed(world, idp, '2026-02-09T07:00:00Z');
    const tell = commandLine(harness, world.database, { TIMEZONE: 'Europe/Madrid' });
    const ana = { as: 'ana@x.org', yes: true } as const;
    // The commands have the clock of the embedded database, or that of the server.
    const now = harness.kind === 'embedded' ? world.clock.now() : new Date();
    const exception = {
      key: 'svc-seven',
      until: new Date(now.getTime() + 30 * 86_400_000).toISOString().slice(0, 10),
      ...{ reason: 'a service', requester: 'kim@x.org', compensatingControl: 'watched' },
    };
    await tell((io) => addUarException(io, {}, { ...ana, ...exception }));
    await world.sides('idp', staff, ['ann@x.org:', 'odd@x.org:', 'svc-seven:', 'eve@x.org:']);
    const second = await executed(world, idp, '2026-02-20T07:00:00Z');
    const open = (await world.findings()).filter(({ status }) => status === 'open').map(({ id }) => `${id}`);
    expect(open).toHaveLength(2);
    world.clock.set('2026-02-20T08:00:00Z');
    await tell((io) => uarDecide(io, {}, 'resolve', open, { ...ana, reason: 'access removed' }));
    world.clock.set('2026-02-20T09:00:00Z');
    await tell((io) => signOff(io, {}, `${second}`, { ...ana, note: 'Q1 review' }));
    // Without a result.
    await world.sides('idp', staff, []);
    const third = await executed(world, idp, '2026-02-21T07:00:00Z');
    expect(await isSameAfterReading(world, idp, second)).toBe(true);

    const folder = await mkdtemp(join(tmpdir(), 'audit-file-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const make = async (people: 'names' | 'pseudonyms') => {
      const output = `${people}.zip`;
      const options = { framework: 'ISO', from: '2026-02-01', output, people };
      await tell((io) => reportAuditFile({ ...io, cwd: folder }, {}, options));
      return unpacked(join(folder, output));
    };
    const entries = await make('names');
    const place = (number: number, id: number) => `04-access-reviews/000${number}-execution-${id}`;
    const reviews = rowsOf(entries.get('04-access-reviews/reviews.csv'));
    expect(reviews.map((row) => row.split(',').slice(0, 4).join(' '))).toEqual([
      `1 ${first} idp completed`,
      `2 ${second} idp completed`,
      `3 ${third} idp inconclusive`,
    ]);
    expect(reviews[1]).toMatch(new RegExp(`,ana@x\\.org,[^,]+,yes,${place(2, second)}$`));
    expect(rowsOf(entries.get(`${place(2, second)}/population.csv`)).map((row) => row.split(',')[3])).toEqual(
      ['ann@x.org', 'bob@x.org', 'odd@x.org', 'ann@x.org', 'eve@x.org', 'odd@x.org', 'svc-seven'],
    );
    const findings = JSON.parse(entries.get(`${place(2, second)}/findings.json`) ?? '');
    expect(findings).toMatchObject({
      execution: { id: second, outcome: 'completed' },
      exceptions: [
        { key: 'svc-seven', reason: 'a service', added_by: 'ana@x.org', requested_by: 'kim@x.org' },
      ],
      sign_off: { email: 'ana@x.org', note: 'Q1 review', unchanged: true },
    });
    const found: readonly Finding[] = findings.findings;
    const resolved = { decision: 'resolved', note: 'access removed', actor: 'ana@x.org' };
    expect(Object.fromEntries(found.map(({ key, ...one }) => [key, one]))).toMatchObject({
      'bob@x.org': { exception_id: null, decision: resolved },
      'eve@x.org': { exception_id: null, decision: resolved },
      'svc-seven': { exception_id: 1, decision: null },
    });
    expect(found).toHaveLength(3);
    expect(entries.get(`${place(2, second)}/findings.html`)).toContain('Signed off by ana@x.org');
    expect(entries.get(`${place(2, second)}/population.html`)).toContain('svc-seven');

    expect(rowsOf(entries.get('05-leavers.csv')).map((row) => row.split(',').slice(0, 6).join(' '))).toEqual([
      'bob@x.org  2026-02-10  removed idp-b.csv',
      'odd@x.org  soon says Ana  unreadable_date ',
    ]);

    const cover = JSON.parse(entries.get('01-cover.json') ?? '');
    for (const { place: name, count } of cover.lists) {
      const csv = entries.get(`${name}.csv`);
      if (csv !== undefined) expect([name, rowsOf(csv).length]).toEqual([name, count]);
    }
    expect(cover.not_included.map(({ what }: { readonly what: string }) => what)).toEqual([
      `population of execution ${third}`,
      'leavers: 1 departure',
      ...(harness.kind === 'embedded' ? ['Policy acknowledgements', 'Trainings'] : []),
    ]);

    const masked = await make('pseudonyms');
    expect(masked.size).toBe(entries.size);
    for (const [path, text] of masked)
      expect([path, /[a-z]+@x\.org|ana alba|soon says|svc-seven/i.exec(text)?.[0]]).toEqual([
        path,
        undefined,
      ]);
    expect(rowsOf(masked.get(`${place(2, second)}/population.csv`))).toHaveLength(7);
  });
});
