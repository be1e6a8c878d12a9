import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type PlannedRows, plannedSentence } from '../../src/job/planned-rows.ts';
import { onOpsdeck } from '../support/databases.ts';
import { visit } from '../support/program-database.ts';
import { quickFolder } from '../support/quick-folder.ts';
import { terminalOn } from '../support/served-database.ts';

const shape = z.looseObject({
  rows: z.array(z.object({ table: z.string(), rows: z.int(), change: z.string() })),
  beside_opsdeck: z.string().nullable(),
});

describe('what a run would write, in words', () => {
  const written = (table: string, rows: number): PlannedRows => ({ table, rows, change: 'write' });
  it.each<readonly [string, readonly PlannedRows[]]>([
    ["uar would write no row of OpsDeck's tables.", []],
    ['uar would write 1 row of a, 2 of b.', [written('a', 1), written('b', 2), written('c', 0)]],
    [
      "uar would write no row of OpsDeck's tables, and open 0 incidents.",
      [written('a', 0), written('security_incident', 0)],
    ],
    [
      'uar would write 2 rows of a, and delete 3 rows of b, and open 1 incident.',
      [written('a', 2), { table: 'b', rows: 3, change: 'delete' }, written('security_incident', 1)],
    ],
  ])('%s', (words, planned) => {
    expect(plannedSentence('uar', planned)).toBe(words);
  });
});

onOpsdeck((harness) => {
  it('preview counts the rows that the run then adds, and shows what OpsDeck does about the same things', async () => {
    const config = await harness.config({ company: true });
    const terminal = terminalOn(config, await quickFolder('preview-'));
    const added = ['compliance_audit', 'uar_execution', 'security_incident', 'scheduled_communication'];
    const tables = [...added, 'notification_event', 'email_template'];
    const counts = () =>
      visit(config, async ({ db }) => {
        const found = new Map<string, number>();
        for (const table of tables) {
          const { rows } = await sql<{
            n: number;
          }>`select count(*)::int as n from ${sql.table(table)}`.execute(db);
          found.set(table, rows[0]?.n ?? 0);
        }
        return found;
      });
    for (const job of ['compliance-drift', 'uar', 'compliance-breaches', 'credential-expiry']) {
      const before = await counts();
      const preview = await terminal.run(['preview', job, '--offline', '--json']);
      const { rows, beside_opsdeck: beside } = shape.parse(JSON.parse(preview.stdout));
      expect(beside, job).not.toBeNull();
      expect(await terminal.run(['run-job', job]), job).toMatchObject({ code: 0 });
      const after = await counts();
      const planned = (table: string) => rows.find((one) => one.table === table)?.rows ?? 0;
      for (const table of tables) {
        const difference = (after.get(table) ?? 0) - (before.get(table) ?? 0);
        expect(planned(table), `${job}: ${table}`).toBe(difference);
      }
    }
    const { stdout } = await terminal.run(['preview', 'uar', '--offline']);
    expect(stdout).toMatch(/^uar would write .*open 0 incidents\.$/m);
    expect(stdout).toContain('OpsDeck beside uar: its sweep');
  });
});
