import { sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { Days } from './days.ts';
import { addControls, ruleRow } from './fill.ts';
import { soc2, threatBriefing, vendorControl } from './frameworks.ts';

type Trx = Transaction<Database>;

/** What happens between the two runs of the demo, in the words that it tells. */
export const weekInWords: readonly string[] = [
  'No vulnerability scan, access review or restore test: that evidence ages.',
  'A recovery test is passed, the administrators are reviewed: new evidence.',
  'A.8.16 loses its rule, that of A.6.3 is disabled, A.5.7 gets its first one.',
  'The contract that covered A.7.1 ends, and its link is removed.',
  'A.8.30 becomes not applicable, and CC9.2 is added.',
];

/** Lets the week happen; evidence that only gets older needs no statement. */
export async function letWeekHappen(trx: Trx, days: Days): Promise<void> {
  await recordEvidence(trx, days);
  await changeRules(trx, days);
  await changeScope(trx, days);
}

async function recordEvidence(trx: Trx, days: Days): Promise<void> {
  await sql`
    insert into bcdr_test_log (plan_id, test_date, status)
    select id, ${days.date(2)}::date, 'Passed' from bcdr_plan`.execute(trx);
  await sql`
    insert into activity_execution (activity_id, executor_id, execution_date, status, created_at)
    select a.id, e.executor_id, ${days.date(1)}::date, 'completed', ${days.time(1)}
      from security_activity a join activity_execution e on e.activity_id = a.id
     where a.name = 'Administrator review'`.execute(trx);
}

/** The controls of that identifier; in the demo it is unique over all frameworks. */
const control = (id: string) => sql`(select id from framework_control where control_id = ${id})`;

async function changeRules(trx: Trx, days: Days): Promise<void> {
  await sql`delete from compliance_rule where framework_control_id = ${control('A.8.16')}`.execute(trx);
  await sql`update compliance_rule set enabled = false where framework_control_id = ${control('A.6.3')}`.execute(
    trx,
  );
  const { id } = await trx
    .selectFrom('framework_control')
    .select('id')
    .where('control_id', '=', 'A.5.7')
    .executeTakeFirstOrThrow();
  await trx
    .insertInto('compliance_rule')
    .values(ruleRow(id, threatBriefing, days))
    .execute();
}

async function changeScope(trx: Trx, days: Days): Promise<void> {
  await sql`delete from compliance_link where framework_control_id = ${control('A.7.1')}`.execute(trx);
  await sql`
    update framework_control set is_applicable = false, soa_justification = 'Nothing is developed by others'
     where control_id = 'A.8.30'`.execute(trx);
  const { id } = await trx
    .selectFrom('framework')
    .select('id')
    .where('name', '=', soc2.name)
    .executeTakeFirstOrThrow();
  await addControls(trx, id, [vendorControl], days);
}
