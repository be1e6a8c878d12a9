import type { Migration } from './migration.ts';

/** Of these no row is changed or removed, except by data-retention and by an erasure. */
const tables = [
  ...['action_log', 'archive_manifest', 'control_acceptance', 'control_action', 'control_action_end'],
  ...['control_attestation', 'drift_event', 'drift_snapshot', 'drift_snapshot_framework', 'record_head'],
  ...[
    'record_row',
    'run_settings',
    'uar_decision',
    'uar_execution_record',
    'uar_observation',
    'uar_sign_off',
  ],
];

/** Accidents and careless statements end here. Whoever means to can state a reason, so it is no protection against them. */
export const standingRows: Migration = {
  name: '0046-standing-rows',
  title: 'rows of the record are changed only by data-retention and by an erasure',
  standaloneOnly: false,
  statements: [
    // With the rights of its owner: who deletes need not be allowed to read either table.
    `create function opsdeck_jobs.keep_rows() returns trigger language plpgsql
  security definer set search_path = pg_catalog, pg_temp as $$
  declare
    permit text := nullif(current_setting('opsdeck_jobs.removes_for', true), '');
  begin
    if permit is not null and (
      exists (select from opsdeck_jobs.job_run r
               where r.id = permit::uuid and r.job = 'data-retention' and r.status = 'running')
      -- Of this transaction: an earlier erasure is no reason.
      or exists (select from opsdeck_jobs.action_log a
                  where a.id = permit::uuid and a.action = 'person.erase' and a.xmin = pg_current_xact_id()::xid))
    then return null; end if;
    raise exception 'rows of %.% stay as they are: only a data-retention run and an erasure of a person change them',
      tg_table_schema, tg_table_name using errcode = 'object_not_in_prerequisite_state';
  end $$`,
    `comment on function opsdeck_jobs.keep_rows() is
  'opsdeck_jobs.removes_for names the reason within one transaction: a running job_run of data-retention, or the action_log row of an erasure.'`,
    ...tables.map(
      (table) => `create trigger keep_rows before update or delete or truncate on opsdeck_jobs.${table}
  for each statement execute function opsdeck_jobs.keep_rows()`,
    ),
  ],
};
