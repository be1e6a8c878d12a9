/** Anything that runs one SQL statement. */
export type RunSql = (statement: string) => Promise<unknown>;

/**
 * One framework of `controls` controls with two rules each (an activity of its own and a kind of maintenance), and the
 * evidence of a year: twelve executions of every activity and one log of every kind.
 * Mostly green, some late.
 */
export async function fillManyControls(runSql: RunSql, controls: number): Promise<void> {
  const statements = [
    `insert into "user" (name, email, role, is_archived, hide_from_org_chart) values ('Admin', 'admin@bench.example', 'admin', false, false)`,
    `insert into framework (name, is_custom, is_active) values ('Bench', true, true)`,
    `insert into framework_control (framework_id, control_id, name, is_applicable)
     select f.id, 'C-' || n, 'Control number ' || n, true from framework f, generate_series(1, ${controls}) n`,
    `insert into security_activity (name, frequency)
     select 'Activity ' || n, 'monthly' from generate_series(1, ${controls}) n`,
    `insert into activity_execution (activity_id, executor_id, execution_date, status)
     select a.id, u.id, current_date - (month * 30 + a.id % 45), 'Completed'
     from security_activity a, "user" u, generate_series(0, 11) month`,
    `insert into maintenance_log (event_type, description, status, event_date, created_at, updated_at)
     select 'Kind ' || n, 'Done', 'Completed', current_date - n % 100, now() - n % 100 * interval '1 day', now()
     from generate_series(1, ${controls}) n`,
    `insert into compliance_rule (framework_control_id, name, target_model, criteria, frequency_days, grace_period_days, enabled)
     select c.id, 'Activity rule', 'ActivityExecution', json_build_object('method', 'parent_match', 'value', a.id)::text, 30, 7, true
     from framework_control c join security_activity a on a.name = 'Activity ' || substr(c.control_id, 3)`,
    `insert into compliance_rule (framework_control_id, name, target_model, criteria, frequency_days, grace_period_days, enabled)
     select c.id, 'Maintenance rule', 'MaintenanceLog',
            json_build_object('method', 'event_type_match', 'event_type', 'Kind ' || substr(c.control_id, 3))::text, 90, 7, true
     from framework_control c`,
    'analyze',
  ];
  for (const statement of statements) await runSql(statement);
}

/** Lets another control in a hundred lose its evidence, so that each run has regressions to find. */
export async function worsen(runSql: RunSql, round: number): Promise<void> {
  await runSql(
    `delete from activity_execution
     where activity_id in (select id from security_activity where id % 100 = ${round % 100})`,
  );
}

/** One plain query that reads the same control, rule and evidence rows. */
export const plainQuery = `
  select c.id, c.control_id, c.name, c.is_applicable, r.id as rule_id, r.name as rule_name, r.target_model, r.criteria,
         r.frequency_days, r.grace_period_days, r.enabled, e.id as execution_id, e.execution_date, e.status,
         m.id as log_id, m.created_at
  from framework_control c
  join compliance_rule r on r.framework_control_id = c.id
  left join activity_execution e
    on r.target_model = 'ActivityExecution' and e.activity_id = (r.criteria::json ->> 'value')::int
  left join maintenance_log m
    on r.target_model = 'MaintenanceLog' and m.event_type = r.criteria::json ->> 'event_type' and m.status = 'Completed'`;
