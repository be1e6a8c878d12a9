import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { isUrgent, severityOrder } from '../../src/job/severity.sql.ts';
import { type Severity, severities, severityRank, severityTone } from '../../src/job/severity.ts';
import { onEachDatabase } from '../support/databases.ts';

it('ranks the worst first and what has no severity last, and leaves a strange word plain', () => {
  const mixed: readonly (Severity | null)[] = ['low', null, 'critical', 'medium', 'high'];
  expect(mixed.toSorted((a, b) => severityRank(a) - severityRank(b))).toEqual([...severities, null]);
  expect(['critical', 'high', 'medium', 'low', 'constructor'].map(severityTone)).toEqual([
    'bad',
    'warning',
    'notice',
    'plain',
    'plain',
  ]);
});

onEachDatabase((harness) => {
  it('orders rows in SQL as it does in memory, strange words and missing ones after all', async () => {
    const { db } = await harness.fresh();
    const { rows } = await sql<{ severity: string | null; urgent: boolean }>`
      select severity, ${isUrgent(sql.ref('severity'))} as urgent
        from (values ('low'), (null), ('critical'), ('urgent'), ('high'), ('medium')) as found (severity)
       order by ${severityOrder(sql.ref('severity'))}, severity`.execute(db);
    expect(rows.map(({ severity }) => severity)).toEqual([...severities, 'urgent', null]);
    expect(rows.map(({ urgent }) => urgent)).toEqual([true, true, false, false, false, false]);
  });
});
