import { sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { Days } from './days.ts';
import { type DemoControl, type DemoFramework, type DemoRule, iso, soc2 } from './frameworks.ts';

type Trx = Transaction<Database>;

/** How many days before the end of the demo something was done for the last time. */
const executions: Readonly<Record<string, number>> = {
  'Policy review': 120,
  'Inventory check': 60,
  'Password vault check': 45,
  'Incident exercise': 188,
  'Administrator review': 60,
  'Backup restore test': 35,
  'Security alert review': 12,
};
const maintenanceDone: Readonly<Record<string, number>> = {
  'Media disposal': 100,
  'Endpoint protection update': 10,
  'Vulnerability scan': 19,
};

const people = [
  { name: 'Ana Ortiz', email: 'ana@demo.example', role: 'admin' },
  { name: 'Bo Lind', email: 'bo@demo.example', role: 'admin' },
  { name: 'Cai Wen', email: 'cai@demo.example', role: 'user' },
] as const;

/** The organisation as it is a week before the end of the demo; one statement a table. */
export async function fillDemo(trx: Trx, days: Days): Promise<void> {
  for (const framework of [iso, soc2]) await addFramework(trx, framework, days);
  const users = await trx
    .insertInto('user')
    .values(
      people.map((person) => ({
        ...person,
        created_at: days.time(400),
        is_archived: false,
        hide_from_org_chart: false,
      })),
    )
    .returning('id')
    .execute();
  const executor = users[2]?.id;
  if (executor === undefined) throw new Error('the demo has no people');
  await addExecutions(trx, executions, executor, days);
  await addMaintenance(trx, days);
  await addOtherEvidence(trx, executor, days);
}

async function addFramework(
  trx: Trx,
  { name, description, controls }: DemoFramework,
  days: Days,
): Promise<void> {
  const { id } = await trx
    .insertInto('framework')
    .values({ name, description, is_custom: true, is_active: true })
    .returning('id')
    .executeTakeFirstOrThrow();
  await addControls(trx, id, controls, days);
}

/** Controls with their rules and links. */
export async function addControls(
  trx: Trx,
  frameworkId: number,
  controls: readonly DemoControl[],
  days: Days,
): Promise<void> {
  const rows = await trx
    .insertInto('framework_control')
    .values(
      controls.map((control) => ({
        framework_id: frameworkId,
        control_id: control.id,
        name: control.title,
        is_applicable: control.notApplicable === undefined,
        soa_justification: control.notApplicable ?? null,
      })),
    )
    .returning(['id', 'control_id'])
    .execute();
  const keys = new Map(rows.map((row) => [row.control_id, row.id]));
  const keyOf = (control: DemoControl) => keys.get(control.id) ?? 0;
  const rules = controls.flatMap((control) =>
    control.rule === undefined ? [] : [ruleRow(keyOf(control), control.rule, days)],
  );
  if (rules.length > 0) await trx.insertInto('compliance_rule').values(rules).execute();
  const links = controls.flatMap((control, index) =>
    control.link === undefined
      ? []
      : [
          {
            framework_control_id: keyOf(control),
            linkable_type: control.link[0],
            linkable_id: index + 1,
            description: control.link[1],
          },
        ],
  );
  if (links.length > 0) await trx.insertInto('compliance_link').values(links).execute();
}

export function ruleRow(controlKey: number, rule: DemoRule, days: Days) {
  return {
    framework_control_id: controlKey,
    name: rule.name,
    target_model: rule.model,
    criteria: JSON.stringify(rule.criteria ?? {}),
    frequency_days: rule.everyDays,
    grace_period_days: rule.graceDays,
    enabled: true,
    created_at: days.time(200),
    updated_at: days.time(200),
  };
}

async function addExecutions(
  trx: Trx,
  done: Readonly<Record<string, number>>,
  executor: number,
  days: Days,
): Promise<void> {
  const activities = await trx
    .insertInto('security_activity')
    .values(Object.keys(done).map((name) => ({ name, created_at: days.time(400) })))
    .returning(['id', 'name'])
    .execute();
  await trx
    .insertInto('activity_execution')
    .values(
      activities.map(({ id, name }) => ({
        activity_id: id,
        executor_id: executor,
        execution_date: days.date(done[name] ?? 0),
        status: 'completed',
        created_at: days.time(done[name] ?? 0),
      })),
    )
    .execute();
}

async function addMaintenance(trx: Trx, days: Days): Promise<void> {
  await trx
    .insertInto('maintenance_log')
    .values(
      Object.entries(maintenanceDone).map(([type, daysAgo]) => ({
        event_type: type,
        description: `${type}, as planned`,
        status: 'Completed',
        event_date: days.date(daysAgo),
        created_at: days.time(daysAgo),
        updated_at: days.time(daysAgo),
      })),
    )
    .execute();
}

async function addOtherEvidence(trx: Trx, person: number, days: Days): Promise<void> {
  const plan = await trx
    .insertInto('bcdr_plan')
    .values({ name: 'Loss of the data centre', created_at: days.time(400) })
    .returning('id')
    .executeTakeFirstOrThrow();
  await trx
    .insertInto('bcdr_test_log')
    .values({ plan_id: plan.id, test_date: days.date(230), status: 'Passed' })
    .execute();
  const comparison = await trx
    .insertInto('uar_comparison')
    .values({
      name: 'Directory against HR',
      source_a_type: 'Active Users',
      source_b_type: 'JSON',
      key_field_a: 'email',
      key_field_b: 'email',
      created_at: days.time(400),
      updated_at: days.time(400),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const execution = await trx
    .insertInto('uar_execution')
    .values({
      comparison_id: comparison.id,
      status: 'completed',
      started_at: days.time(36),
      completed_at: days.time(36),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await sql`
    insert into opsdeck_jobs.uar_sign_off (execution_id, user_id, email, note, at, evidence_hash)
    select ${execution.id}, u.id, u.email, 'Every account belongs to somebody', ${days.time(36)}::timestamp at time zone 'UTC',
           sha256('demo')
      from "user" u where u.id = ${person}`.execute(trx);
  const supplier = await trx
    .insertInto('supplier')
    .values({ name: 'Example Hosting', is_archived: false, created_at: days.time(400) })
    .returning('id')
    .executeTakeFirstOrThrow();
  await trx
    .insertInto('security_assessment')
    .values({ supplier_id: supplier.id, assessment_date: days.date(200), status: 'Approved' })
    .execute();
  await trx
    .insertInto('risk_assessment')
    .values({ name: 'Risks of the year', status: 'Completed', created_at: days.time(150) })
    .execute();
  await addCampaign(trx, person, days);
  await trx
    .insertInto('onboarding_process')
    .values({
      new_hire_name: 'Dee Novak',
      start_date: days.date(50),
      status: 'Completed',
      created_at: days.time(50),
    })
    .execute();
  await trx
    .insertInto('offboarding_process')
    .values({
      user_id: person,
      departure_date: days.date(25),
      status: 'Completed',
      created_at: days.time(25),
    })
    .execute();
}

async function addCampaign(trx: Trx, author: number, days: Days): Promise<void> {
  const tag = await trx
    .insertInto('tag')
    .values({ name: 'security', is_archived: false })
    .returning('id')
    .executeTakeFirstOrThrow();
  const campaign = await trx
    .insertInto('campaign')
    .values({
      title: 'How to spot a false mail',
      subject: 'Would you have clicked?',
      body_html: '<p>Look twice.</p>',
      status: 'finished',
      created_by_id: author,
      created_at: days.time(40),
      processed_at: days.time(40),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await trx.insertInto('campaign_tags').values({ campaign_id: campaign.id, tag_id: tag.id }).execute();
}
