import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { knownTables } from '../../jobs/data-retention/policy/known-tables.ts';
import { enabledPolicies } from '../../jobs/data-retention/policy/policy.ts';
import { retentionSettings } from '../../jobs/data-retention/settings.ts';
import { onEachDatabase } from '../support/databases.ts';

/**
 * What bounds the growth of a table of ours.
 * `policy`: a built-in policy of data-retention, on the table itself or on the one that its rows go with. `own policy`: a policy may name it.
 * `history`: pruned with the runs. `one row a …`: as many rows as there are such things. `decisions`: a row whenever a person decides
 * something. `evidence`: the chain of what was recorded or removed; nothing is taken out of it.
 */
const bounds: Readonly<Record<string, string>> = {
  action_log: 'own policy',
  alert_hold: 'one row a snoozed, acknowledged or renewed end of an item',
  alert_ledger: 'policy: alert_ledger',
  alert_watch: 'one row a kind of item',
  archive_manifest: 'evidence: of each archive',
  archive_restore: 'decisions',
  archived_copy: 'one row a copied row that is still in its table',
  archived_record: 'archive_dir: with it, archives are files',
  catalog_change: 'evidence: one row a renumbered requirement, until a run records it as an event',
  catalog_control: 'one row a control of an imported catalog',
  catalog_import: 'evidence: one row an import of a catalog by a person',
  certificate_endpoint: 'one row an endpoint of a certificate that exists',
  certificate_reading: 'one row a version of a certificate',
  channel: 'one row a channel',
  compliance_breach: 'one row a rule in breach',
  control_acceptance: 'decisions',
  control_action: 'decisions',
  control_action_end: 'decisions',
  control_attestation: 'decisions',
  control_forecast: 'one row a change to come about which an alert was queued',
  database_identity: 'one row',
  deadline: 'one row an imported deadline, and one an item that a query of the settings ever answered',
  destination: 'one row a destination that fails',
  drift_event: 'policy: drift_event',
  drift_snapshot: 'evidence: one row a snapshot; the link stays when its row is removed',
  drift_snapshot_framework:
    'evidence: one row a snapshot and framework; the chain of the snapshots covers it',
  endpoint_observation: 'one row an endpoint that is watched',
  evidence_entry: 'one row a row of evidence that was imported',
  fx_held: 'decisions',
  fx_rate: 'policy: fx_rate',
  installation: 'one row',
  job_run: 'history',
  job_state: 'one row a job',
  message: 'policy: message',
  migration: 'one row a migration',
  record_head: 'evidence: one row a day',
  record_timestamp: 'evidence: at most one row a day',
  record_row: 'evidence: one row a row of an append-only table',
  retention_acceptance: 'decisions',
  retention_hold: 'decisions',
  retention_offer: 'decisions: one row a number that waits to be accepted',
  retention_progress: 'one row a policy',
  retention_run: 'policy: retention_run',
  run_day: 'history',
  run_log: 'history',
  run_settings: 'one row a configuration that runs had',
  run_tally: 'one row a job and status',
  runner: 'one row a daemon or timer that was seen lately',
  sending: 'one row',
  uar_comparison_state: 'one row a comparison',
  uar_decision: 'policy: uar_execution',
  uar_exception: 'decisions',
  uar_execution_record: 'policy: uar_execution',
  uar_identity: 'policy: uar_execution',
  uar_observation: 'policy: uar_execution',
  uar_overdue_notice: 'pruned by uar: rows whose finding was removed',
  uar_population: 'pruned with the executions, by uar: rows that none of them has',
  uar_sign_off: 'policy: uar_execution',
};

const builtIn = enabledPolicies(
  retentionSettings.parse({
    built_in: Object.fromEntries(
      ['uar_execution', 'message', 'alert_ledger', 'fx_rate', 'retention_run', 'drift_event'].map((name) => [
        name,
        { enabled: true },
      ]),
    ),
  }),
);

onEachDatabase((harness) => {
  it('each table of ours has something that bounds its growth', async () => {
    const { db } = await harness.fresh();
    const { rows } = await sql<{ name: string }>`
      select relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where nspname = 'opsdeck_jobs' and relkind in ('r', 'p') order by 1`.execute(db);
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.map(({ name }) => name).filter((name) => !Object.hasOwn(bounds, name))).toEqual([]);
  });
});

it('the policies that bound a table take rows of it, and a policy may name the others', () => {
  for (const [table, bound] of Object.entries(bounds)) {
    const name = /^policy: (\w+)$/.exec(bound)?.[1];
    const policy = builtIn.find((one) => one.name === name);
    if (name !== undefined)
      expect([policy?.table, ...(policy?.related ?? []).map((one) => one.table)], table).toContain(
        `opsdeck_jobs.${table}`,
      );
    if (bound === 'own policy')
      expect(knownTables.map((known) => known.name)).toContain(`opsdeck_jobs.${table}`);
  }
});
