import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';

const id = z.int();
const named = z.array(z.object({ id, name: z.string() }));
const tablesSchema = z.object({
  framework: named,
  framework_control: z.array(
    z.object({ id, framework_id: id, control_id: z.string(), is_applicable: z.boolean() }),
  ),
  compliance_rule: z.array(
    z.object({
      framework_control_id: id,
      target_model: z.string(),
      criteria: z.string().nullable(),
      frequency_days: z.int(),
      grace_period_days: z.int(),
      enabled: z.boolean().nullable(),
    }),
  ),
  compliance_link: z.array(z.object({ framework_control_id: id })),
  security_activity: named,
  uar_comparison: named,
  evidence: z.array(
    z.object({
      model: z.string(),
      status: z.string().nullable(),
      /** What a rule names by its number; of a campaign its own. */
      parent: id.nullable(),
      /** What a rule names by its words. */
      name: z.string().nullable(),
      /** What it is ordered by, latest first, a missing one before all others. */
      newest: z.string().nullable(),
      second: z.string().nullable(),
    }),
  ),
  tagged: z.array(z.object({ campaign: id, tag: z.string() })),
});
/** The rows that OpsDeck's evaluation looks at. */
export type Tables = z.output<typeof tablesSchema>;

/** Everything as text and numbers: timestamps are not read in any zone. */
export async function readTables(db: Kysely<Database>): Promise<Tables> {
  const { rows } = await sql<{ tables: unknown }>`
    select json_build_object(
      'framework', (select coalesce(json_agg(json_build_object('id', id, 'name', name)), '[]') from framework where is_active),
      'framework_control', (select coalesce(json_agg(json_build_object('id', id, 'framework_id', framework_id, 'control_id', control_id,
                                            'is_applicable', is_applicable) order by id), '[]') from framework_control),
      'compliance_rule', (select coalesce(json_agg(r), '[]') from compliance_rule r),
      'compliance_link', (select coalesce(json_agg(json_build_object('framework_control_id', framework_control_id)), '[]') from compliance_link),
      'security_activity', (select coalesce(json_agg(json_build_object('id', id, 'name', name) order by id), '[]') from security_activity),
      'uar_comparison', (select coalesce(json_agg(json_build_object('id', id, 'name', name) order by id), '[]') from uar_comparison),
      'evidence', (select coalesce(json_agg(e), '[]') from (
         select 'ActivityExecution' as model, status, activity_id as parent, null as name, execution_date::text as newest, null as second
           from activity_execution
         union all
         select 'Campaign', status, id, title, processed_at::text, created_at::text from campaign
         union all
         select 'MaintenanceLog', status, null, event_type, created_at::text, null from maintenance_log
         union all
         select 'BCDRTestLog', status, plan_id, null, test_date::text, null from bcdr_test_log
         union all
         select 'OnboardingProcess', status, null, null, created_at::text, null from onboarding_process
         union all
         select 'OffboardingProcess', status, null, null, created_at::text, null from offboarding_process
         union all
         select 'SecurityAssessment', status, supplier_id, null, assessment_date::text, null from security_assessment
         union all
         select 'RiskAssessment', status, null, null, created_at::text, null from risk_assessment
         union all
         select 'UARExecution', status, comparison_id, null, started_at::text, null from uar_execution) e),
      'tagged', (select coalesce(json_agg(json_build_object('campaign', c.campaign_id, 'tag', t.name)), '[]')
                   from campaign_tags c join tag t on t.id = c.tag_id)) as tables`.execute(db);
  return tablesSchema.parse(rows[0]?.tables);
}
