import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { type RunStep, runSteps } from '../../../jobs/data-retention/batch/run-step.ts';
import { addHold } from '../../../jobs/data-retention/policy/legal-holds.ts';
import { readShapes } from '../../../jobs/data-retention/policy/table-shape.sql.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { authorNamed } from '../../support/author.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { everyRow, nothingLost } from './oracle.ts';
import {
  acceptAndRun,
  fillJournal,
  keysOf,
  newDatabase,
  newFolder,
  type OwnInput,
  type SettingsInput,
} from './world.ts';

const rounds = 9;

/** The same numbers at every run: a failure can be looked at again. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function randomPolicy(pick: (below: number) => number, folder: string | undefined): SettingsInput {
  const conditions: NonNullable<OwnInput['conditions']> = [
    { column: 'entity_id', operator: 'greater_than', value: pick(40) },
    { column: 'user_email', operator: 'is_not_null' },
    { column: 'action', operator: 'not_equals', value: 'create' },
    { column: 'id', operator: 'not_in', value: [pick(60), pick(60)] },
  ];
  return {
    ...(folder === undefined ? {} : { archive_dir: folder }),
    policies: {
      own: {
        table: 'audit_log',
        timestamp_column: 'timestamp',
        keep_days: 365 + pick(30),
        action: 'archive_then_delete',
        conditions: conditions.filter(() => pick(2) === 0),
        batch_size: 1 + pick(12),
        max_share: 1,
      },
    },
  };
}

async function holdOne(database: OpenDatabase, id: number): Promise<void> {
  const shape = (await readShapes(database.db, ['audit_log'])).get('audit_log');
  if (shape === undefined) throw new Error('no table');
  await database.db.transaction().execute((trx) =>
    addHold(trx, shape, {
      conditions: [{ column: 'id', value: String(id) }],
      caseReference: 'Case',
      reason: null,
      until: null,
      author: authorNamed('os:test@desk', {
        clock: database.clock,
        zones: { business: 'UTC', stored: database.storedZone },
      }),
      now: database.clock.now(),
    }),
  );
}

onEachDatabase((harness) => {
  it('whatever the policies, holds, references and faults: every row is in the table or in exactly one archive', async () => {
    const database = await newDatabase(harness);
    const pick = random(harness.kind === 'postgres' ? 7 : 11);
    const folder = await newFolder();
    for (let round = 0; round < rounds; round += 1) {
      await fillJournal(database, 8 + pick(12), 355 + pick(30));
      const present = await keysOf(database, 'audit_log');
      const held = present.filter(() => pick(8) === 0);
      for (const id of held) await holdOne(database, id);
      const referenced = present.filter(() => pick(8) === 0);
      await sql`insert into scheduled_communication (status, scheduled_date, target_type, target_id, channel, audit_log_id)
        select 'sent', '2024-01-01', 'Asset', 1, 'email', id from unnest(${referenced}::int[]) as id`.execute(
        database.db,
      );
      const before = await everyRow(database, 'audit_log');
      const settings = randomPolicy(pick, pick(3) === 0 ? undefined : folder);
      const fault = runSteps[pick(runSteps.length)];
      let times = 1 + pick(3);
      const outcome = await acceptAndRun(database, {
        settings,
        onStep: async (step: RunStep) => {
          if (step === fault) times -= 1;
          if (step === fault && times === 0) throw new Error('it broke');
        },
      });
      const context = JSON.stringify({ round, settings, fault, fault_of_run: outcome.fault });
      expect(await nothingLost(database, 'audit_log'), context).toEqual({ rows: before, findings: [] });
      const left = await keysOf(database, 'audit_log');
      expect(left, context).toEqual(expect.arrayContaining([...held, ...referenced]));
    }
    const { rows } = await sql<{
      n: number;
    }>`select count(*)::int as n from opsdeck_jobs.archive_manifest`.execute(database.db);
    expect(rows[0]?.n).toBeGreaterThan(3);
  });
});
