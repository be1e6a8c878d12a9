import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { reportAuditFile } from '../../../jobs/audit-file/commands/report-audit-file.action.ts';
import { onOpsdeck } from '../../support/databases.ts';
import { memoryIo } from '../../support/memory-io.ts';
import { environmentFor, visit } from '../../support/program-database.ts';
import { rowsOf, unpacked } from './archive.ts';

/** Accounts 1 and 2 are the group; 39 and 40 are archived. Course 1 was assigned to account 3, due on 12 March. */
const rows = `
  insert into "group" (id, name) values (2, 'Without members');
  insert into "user" (id, name, email, created_at, is_archived, hide_from_org_chart)
  values (90, 'Later', 'later@harbourlane.example', '2026-03-31 22:30', false, false);
  insert into policy (id, title)
  values (1, 'Acceptable use'), (2, 'Backup'), (3, 'Cables'), (4, 'Doors'), (5, 'Everything'), (6, 'Former');
  insert into policy_version (id, policy_id, version_number, status, effective_date, end_date)
  values (1, 1, '2.0', 'Active', '2026-01-10', null), (2, 2, '0.9', 'Archived', '2025-01-01', '2026-01-01'),
         (3, 3, '1', 'Archived', '2025-01-01', null), (4, 4, '1', 'Active', '2026-01-10', null),
         (5, 5, '1', 'Active', '2026-03-31', null), (6, 6, '1', 'Archived', '2025-01-01', '2025-12-31'),
         (7, 6, '2', 'Draft', '2026-01-01', null), (8, 6, '3', 'Active', '2026-04-01', null);
  insert into policy_version_users (policy_version_id, user_id) values (1, 3), (1, 4), (1, 5), (1, 40);
  insert into policy_version_groups (policy_version_id, group_id) values (1, 1), (2, 1), (4, 2);
  insert into policy_acknowledgement (policy_version_id, user_id, acknowledged_at)
  values (1, 1, '2026-02-03 09:00'), (1, 1, '2026-02-01 23:30'), (1, 2, '2026-03-31 22:30'), (1, 3, null), (1, 6, '2026-02-01 09:00'),
         (2, 1, '2025-02-01 09:00');
  insert into course_assignment (id, course_id, user_id, assigned_date, due_date)
  values (11, 1, 1, '2026-01-01', '2026-01-31'), (12, 1, 2, '2026-01-01', '2026-01-31'), (13, 1, 4, '2026-03-30', '2026-05-01'),
         (14, 1, 40, '2025-10-01', '2025-11-01'), (15, 1, 5, '2025-10-01', '2025-11-01'), (16, 1, 6, '2026-03-01', '2026-03-20'),
         (17, 1, 7, '2026-04-01', '2026-05-01');
  insert into course_completion (assignment_id, completion_date)
  values (11, '2026-02-03'), (12, '2026-01-31'), (12, '2026-02-20'), (15, '2025-10-20'), (16, '2026-04-10')`;

onOpsdeck((harness) => {
  it('names who must acknowledge a policy or complete a course, who did, and who left', async () => {
    const config = await harness.config({ company: true });
    await visit(config, (_database, runSql) => runSql(rows));
    const folder = await mkdtemp(join(tmpdir(), 'audit-file-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const { io } = memoryIo({ cwd: folder, env: environmentFor(config) });
    const options = { framework: 'ISO 27001', from: '2026-01-01', to: '2026-03-31', output: 'a.zip' };
    expect(await reportAuditFile(io, {}, { ...options, people: 'names' })).toBe(0);
    const entries = await unpacked(join(folder, 'a.zip'));

    const acknowledged = rowsOf(entries.get('06-policies.csv'));
    expect(acknowledged.filter((row) => !row.startsWith('Everything'))).toEqual([
      'Acceptable use,2.0,2026-01-10,,Ada Admin,ada@harbourlane.example,2026-02-02,acknowledged',
      'Acceptable use,2.0,2026-01-10,,Bo Admin,bo@harbourlane.example,,missing',
      'Acceptable use,2.0,2026-01-10,,Person 1,person1@harbourlane.example,,"acknowledged, day not recorded"',
      'Acceptable use,2.0,2026-01-10,,Person 2,person2@harbourlane.example,,missing',
      'Acceptable use,2.0,2026-01-10,,Person 3,person3@harbourlane.example,,missing',
      'Backup,0.9,2025-01-01,2026-01-01,Ada Admin,ada@harbourlane.example,2025-02-01,acknowledged',
      'Backup,0.9,2025-01-01,2026-01-01,Bo Admin,bo@harbourlane.example,,missing',
    ]);
    // 40 accounts without two that are archived; one was made on 1 April in Madrid.
    expect(acknowledged.filter((row) => row.startsWith('Everything'))).toHaveLength(38);
    expect(entries.get('06-policies.html')).toContain('45 rows, 42 of them missing.');

    expect(rowsOf(entries.get('07-trainings.csv'))).toEqual(
      [
        'Ada Admin,ada@harbourlane.example,no,2026-01-01,2026-01-31,2026-02-03,completed late',
        'Bo Admin,bo@harbourlane.example,no,2026-01-01,2026-01-31,2026-01-31,completed',
        'Person 1,person1@harbourlane.example,no,2026-02-10,2026-03-12,,missing',
        'Person 2,person2@harbourlane.example,no,2026-03-30,2026-05-01,,not due yet',
        'Person 38,person38@harbourlane.example,yes,2025-10-01,2025-11-01,,missing',
        'Person 4,person4@harbourlane.example,no,2026-03-01,2026-03-20,,missing',
      ].map((row) => `Security basics,${row}`),
    );

    // Nothing was reviewed that kept a population.
    expect(JSON.parse(entries.get('05-leavers.json') ?? '')).toMatchObject({
      people: 2,
      departures_from: 'offboardings',
    });
    const { lists, not_included: missing } = JSON.parse(entries.get('01-cover.json') ?? '');
    expect(
      lists.map(({ place, count }: { readonly place: string; readonly count: number }) => [place, count]),
    ).toEqual(
      expect.arrayContaining([
        ['05-leavers', 2],
        ['06-policies', 45],
        ['07-trainings', 6],
      ]),
    );
    expect(missing).toEqual([
      expect.objectContaining({ what: 'access review, execution 1' }),
      expect.objectContaining({ what: 'leavers: their accounts' }),
      {
        what: 'Policy acknowledgements: Cables, version 1',
        why: 'It is archived without an end date: whether it was in force in the period is not known.',
      },
      {
        what: 'Policy acknowledgements: Doors, version 1',
        why: 'No account must acknowledge it.',
      },
    ]);
  });
});
