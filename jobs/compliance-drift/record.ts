import { sql } from 'kysely';
import type { RecordParts, RecordTable } from '../../src/record/parts.ts';
import { driftChain } from './chain.sql.ts';

const t = (...names: readonly string[]) => names.map((name) => sql.ref(`t.${name}`));
const utc = (name: string) => sql`${sql.ref(`t.${name}`)} at time zone 'UTC'`;

/** Who decided, and in which words. */
const decision = (table: string, columns: readonly string[], words: readonly string[]): RecordTable => ({
  table: `opsdeck_jobs.${table}`,
  key: 'id',
  columns: [...t('id', ...columns), utc('created_at')],
  personal: [...words, 'actor', 'actor_user_id', 'entered_by'],
});

const control = ['framework_control_id', 'framework_name', 'control_id'];

/** What of controls the record heads cover: snapshots, attestations, actions, acceptances, and what the runs were set to. */
export const driftRecord: RecordParts = {
  chains: [driftChain],
  tables: [
    decision('control_attestation', [...control, 'result', 'until'], ['reason', 'evidence']),
    decision('control_action', [...control, 'due'], ['cause', 'action']),
    decision('control_action_end', ['action_id'], ['reason']),
    decision('control_acceptance', [...control, 'status', 'until'], ['reason']),
    {
      table: 'opsdeck_jobs.run_settings',
      key: 'id',
      columns: [...t('id', 'hash'), utc('created_at')],
      personal: ['content'],
    },
  ],
};
