import { sql } from 'kysely';
import type { RecordParts } from '../../src/record/parts.ts';

const t = (...names: readonly string[]) => names.map((name) => sql.ref(`t.${name}`));
const utc = (name: string) => sql`${sql.ref(`t.${name}`)} at time zone 'UTC'`;
const parent = { table: 'uar_execution', column: 'execution_id' };

/** Reviews in the record heads: what each execution read, what was decided, and who signed which report off. */
export const reviewRecord: RecordParts = {
  tables: [
    {
      table: 'opsdeck_jobs.uar_execution_record',
      key: 'execution_id',
      columns: [
        ...t('execution_id', 'comparison_id', 'run_id', 'outcome', 'program_version', 'new_findings'),
        utc('finished_at'),
      ],
      personal: ['reason', 'config', 'source_a', 'source_b', 'key_quality', 'summary', 'change_accepted_by'],
      parent,
    },
    {
      table: 'opsdeck_jobs.uar_decision',
      key: 'id',
      columns: [...t('id', 'finding_id', 'execution_id', 'decision'), utc('at')],
      personal: ['note', 'actor', 'actor_user_id', 'entered_by'],
      // It goes with its finding, which later executions take over.
      parent: { ...parent, moves: true },
    },
    {
      table: 'opsdeck_jobs.uar_sign_off',
      key: 'execution_id',
      columns: [...t('execution_id'), sql`encode(t.evidence_hash, 'hex')`, utc('at')],
      personal: ['user_id', 'email', 'note', 'entered_by'],
      parent,
    },
  ],
};
