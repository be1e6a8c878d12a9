import { type RawBuilder, sql, type Transaction } from 'kysely';
import { expect, it } from 'vitest';
import {
  chainHash,
  changeHash,
  contentHash,
  eventHashOver,
  frameworkHash,
  headerHash,
  noLink,
} from '../../../jobs/compliance-drift/chain.sql.ts';
import { chainProblems, verifyDriftChain } from '../../../jobs/compliance-drift/verify-chain.ts';
import type { Database } from '../../../src/db/tables.ts';
import { becomeOwner } from '../../support/as-owner.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { newWorld, succeeded } from './world.ts';

type Tamper = (
  run: (...statements: readonly RawBuilder<unknown>[]) => Promise<void>,
  ids: Snapshots,
  trx: Transaction<Database>,
) => Promise<void>;
interface Snapshots {
  readonly first: number;
  readonly second: number;
  readonly third: number;
}

/** With all that refers to it. */
const remove = (which: RawBuilder<unknown>) => [
  sql`delete from opsdeck_jobs.drift_event where audit_id ${which}`,
  sql`delete from opsdeck_jobs.drift_snapshot_framework where audit_id ${which}`,
  sql`delete from opsdeck_jobs.drift_snapshot where audit_id ${which}`,
  sql`delete from compliance_audit where id ${which}`,
];

/** As somebody does who knows this program: every hash anew, oldest first. */
async function recompute(trx: Transaction<Database>): Promise<void> {
  const { rows } = await sql<{
    audit_id: number;
  }>`select audit_id from opsdeck_jobs.drift_snapshot order by audit_id`.execute(trx);
  for (const { audit_id: id } of rows) {
    await sql`
      update opsdeck_jobs.drift_snapshot s
         set content_hash = ${contentHash}, header_hash = ${headerHash},
             framework_hash = (select ${frameworkHash} from opsdeck_jobs.drift_snapshot_framework f where f.audit_id = a.id),
             event_hash = (select ${eventHashOver(changeHash)} from opsdeck_jobs.drift_event e where e.audit_id = a.id),
             previous_hash = coalesce((select b.chain_hash from opsdeck_jobs.drift_snapshot b where b.audit_id < a.id order by b.audit_id desc limit 1), ${noLink})
        from compliance_audit a where a.id = s.audit_id and a.id = ${id}`.execute(trx);
    await sql`update opsdeck_jobs.drift_snapshot s set chain_hash = ${chainHash} where audit_id = ${id}`.execute(
      trx,
    );
  }
}

/** What is done, and what is found; `1`, `2`, `3`: the snapshots, oldest first. */
const tamperings: readonly (readonly [what: string, found: readonly string[], tamper: Tamper])[] = [
  ['nothing', [], async () => {}],
  ['drift events are deleted', ['3 events_altered'], (run) => run(sql`delete from opsdeck_jobs.drift_event`)],
  [
    'the time is moved',
    ['2 link_altered'],
    (run, { second }) =>
      run(
        sql`update opsdeck_jobs.drift_snapshot set taken_at = taken_at - interval '1 day' where audit_id = ${second}`,
      ),
  ],
  ...["status = 'Planned'", "name = 'x'", "created_at = created_at - interval '1 s'", 'auditor_id = 7'].map(
    (change): (typeof tamperings)[number] => [
      `the header gets ${change}`,
      ['2 header_altered'],
      (run, { second }) => run(sql`update compliance_audit set ${sql.raw(change)} where id = ${second}`),
    ],
  ),
  ['the newest snapshot is removed', ['3 missing'], (run, { third }) => run(...remove(sql`= ${third}`))],
  [
    'all snapshots are removed',
    ['1 missing', '2 missing', '3 missing'],
    (run) => run(...remove(sql`is not null`)),
  ],
  [
    'a text is rewritten and the chain recomputed',
    ['2 other_hash', '3 other_hash'],
    async (run, { second }, trx) => {
      await run(
        sql`update compliance_audit set snapshot_data = replace(snapshot_data::text, 'warning', 'compliant')::json where id = ${second}`,
      );
      await recompute(trx);
    },
  ],
  [
    'events are deleted and the chain recomputed as the earlier version',
    ['3 other_hash', '3 broken_link'],
    async (run, { third }, trx) => {
      await run(
        sql`delete from opsdeck_jobs.drift_event`,
        sql`update opsdeck_jobs.drift_snapshot set chain_version = 1 where audit_id = ${third}`,
      );
      await recompute(trx);
    },
  ],
  [
    'the middle snapshot is removed and the others linked',
    ['2 missing', '3 other_hash'],
    async (run, { second }, trx) => {
      await run(...remove(sql`= ${second}`));
      await recompute(trx);
    },
  ],
  [
    'a severity is lowered',
    ['3 events_altered'],
    (run) => run(sql`update opsdeck_jobs.drift_event set severity = 'medium'`),
  ],
  [
    'an event is added',
    ['2 events_altered'],
    (run, { second, third }) =>
      run(sql`insert into opsdeck_jobs.drift_event
          (audit_id, detected_at, framework_id, framework_name, framework_control_id, control_id, control_name, class, cause, detail, flapping)
        select ${second}::int, detected_at, framework_id, framework_name, framework_control_id, control_id, control_name, 'improvement', cause, detail, flapping
          from opsdeck_jobs.drift_event where audit_id = ${third} limit 1`),
  ],
  [
    'counts are changed',
    ['2 frameworks_altered'],
    (run, { second }) =>
      run(
        sql`update opsdeck_jobs.drift_snapshot_framework set status = status || '{"compliant":9}' where audit_id = ${second}`,
      ),
  ],
  [
    'the texts of two snapshots are swapped',
    ['1 altered', '3 altered'],
    (run, { first, third }) =>
      run(sql`update compliance_audit a set snapshot_data = b.snapshot_data from compliance_audit b
               where a.id in (${first}, ${third}) and b.id in (${first}, ${third}) and a.id <> b.id`),
  ],
  [
    'the evaluator version is changed',
    ['2 link_altered'],
    (run, { second }) =>
      run(sql`update opsdeck_jobs.drift_snapshot set evaluator_version = 1 where audit_id = ${second}`),
  ],
  [
    'the record of a run is removed',
    ['2 run_missing'],
    (run, { second }) =>
      run(sql`delete from opsdeck_jobs.job_run where (result ->> 'snapshot_id')::int = ${second}`),
  ],
  [
    'the record of a run gets another hash',
    ['2 other_hash'],
    (run, { second }) =>
      run(
        sql`update opsdeck_jobs.job_run set result = result || '{"snapshot_hash":"00"}' where (result ->> 'snapshot_id')::int = ${second}`,
      ),
  ],
  [
    'a row is deleted',
    ['1 deleted'],
    (run, { first }) => run(sql`delete from compliance_audit where id = ${first}`),
  ],
  [
    'a link is removed from the middle',
    ['2 missing', '2 not_in_chain', '3 broken_link'],
    (run, { second }) => run(...remove(sql`= ${second}`).slice(0, 3)),
  ],
];

onEachDatabase((harness) => {
  it('finds each kind of tampering with snapshots by the owner of the database, and nothing else', async () => {
    const world = await newWorld(harness);
    const { db } = world.database;
    const control = await world.control(await world.framework('F'), 'C');
    await world.activityRule(control, '2026-03-08');
    const ids: number[] = [];
    for (const at of ['2026-03-10T08:00:00Z', '2026-03-17T08:00:00Z', '2026-05-01T08:00:00Z']) {
      world.clock.set(at);
      ids.push((await succeeded(world.run())).snapshot_id ?? 0);
    }
    const [first = 0, second = 0, third = 0] = ids;
    const place = (id: number) => String(ids.indexOf(id) + 1);

    const kinds = new Set<string>();
    for (const [what, expected, tamper] of tamperings) {
      class Undone extends Error {}
      const trying = db.transaction().execute(async (trx) => {
        const run = async (...statements: readonly RawBuilder<unknown>[]) => {
          for (const statement of statements) await statement.execute(trx);
        };
        await becomeOwner(trx);
        await tamper(run, { first, second, third }, trx);
        const { findings } = await verifyDriftChain(trx);
        for (const { problem } of findings) kinds.add(problem);
        const found = findings.map(({ auditId, problem }) => `${place(auditId)} ${problem}`);
        expect([what, found.toSorted()]).toEqual([what, [...expected].toSorted()]);
        throw new Undone();
      });
      await expect(trying).rejects.toThrow(Undone);
    }
    expect([...kinds].toSorted()).toEqual([...chainProblems].toSorted());
    expect((await verifyDriftChain(db)).findings).toEqual([]);
  });
});
