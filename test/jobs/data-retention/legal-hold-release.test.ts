import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { addLegalHold, releaseLegalHold } from '../../../jobs/data-retention/commands/legal-hold.action.ts';
import { commandLine } from '../../support/command-line.ts';
import { onEachDatabase } from '../../support/databases.ts';

onEachDatabase((harness) => {
  it('a legal hold is released after its rows were counted and somebody agreed', async () => {
    const database = await harness.fresh();
    await sql`
      insert into audit_log ("timestamp", user_email, action, entity_type, entity_id, event_processed)
      select now(), 'ana@example.org', 'update', 'Asset', n, true from generate_series(1, 3) n`.execute(
      database.db,
    );
    const tell = commandLine(harness, database);
    await tell((io) =>
      addLegalHold(io, {}, { table: 'audit_log', where: ['entity_type=Asset'], case: 'Case 2026-117' }),
    );
    const release = (options: { dryRun?: true; yes?: true }) =>
      tell((io) => releaseLegalHold(io, {}, options.dryRun === true ? 'case 2026-117' : '1', options));
    expect(await release({ dryRun: true })).toBe(
      'This would release legal hold 1 of audit_log, Case 2026-117 (it protects 3 rows). Nothing was changed.\n',
    );
    await expect(release({})).rejects.toMatchObject({
      code: 'confirmation_needed',
      exitCode: 2,
      message: expect.stringMatching(
        /^Release legal hold 1 of audit_log, Case 2026-117 \(it protects 3 rows\)\? /,
      ),
    });
    expect(await release({ yes: true })).toBe('Legal hold 1 is released.\n');
    // Nothing would change: nothing is asked.
    expect(await release({})).toBe('Legal hold 1 was released before.\n');
    await expect(tell((io) => releaseLegalHold(io, {}, '2', {}))).rejects.toMatchObject({
      ...{ message: 'There is no legal hold 2.', code: 'unknown_legal_hold' },
    });
  });
});
