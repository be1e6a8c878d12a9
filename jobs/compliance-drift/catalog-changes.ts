import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../src/db/tables.ts';
import type { Finding } from './findings.ts';

/*
 * What imports of catalogs did to identifiers: a requirement has another one, or one names another requirement. The next snapshot of the
 * framework records each as a change of its own. It says nothing about the status: that is compared as usual, control by control.
 */

const changeRow = z.object({
  framework_id: z.int(),
  framework_name: z.string(),
  framework_control_id: z.int(),
  kind: z.enum(['renumbered', 'requirement_replaced']),
  from_id: z.string(),
  from_name: z.string(),
  to_id: z.string(),
  to_name: z.string(),
  at: z.date(),
  actor: z.string(),
});

/**
 * The changes that no snapshot has recorded yet, of the frameworks that are evaluated; marks them as recorded. One statement.
 *
 * @param auditId null: a dry run, which marks nothing.
 */
export async function catalogChanges(
  trx: Transaction<Database>,
  frameworkId: number | null,
  auditId: number | null,
): Promise<readonly Finding[]> {
  const pending = sql`
    select c.*, f.name as framework_name
      from opsdeck_jobs.catalog_change c join framework f on f.id = c.framework_id
     where c.audit_id is null and f.is_active and (${frameworkId}::int is null or f.id = ${frameworkId}::int)`;
  const { rows } =
    auditId === null
      ? await sql`${pending} order by c.id`.execute(trx)
      : await sql`
          with pending as materialized (${pending}), marked as (
            update opsdeck_jobs.catalog_change c set audit_id = ${auditId}::int from pending p where c.id = p.id
          )
          select * from pending order by id`.execute(trx);
  return rows.map((row) => toFinding(changeRow.parse(row)));
}

function toFinding(change: z.output<typeof changeRow>): Finding {
  const replaced = change.kind === 'requirement_replaced';
  return {
    frameworkId: change.framework_id,
    frameworkName: change.framework_name,
    controlKey: change.framework_control_id,
    controlId: change.to_id,
    controlName: `${change.to_name} (was ${replaced ? change.from_name : change.from_id})`,
    change: { from: null, to: null, class: change.kind, severity: null, cause: change.kind, rules: [] },
    flapping: false,
    detail: {
      rules: [],
      before: [],
      after: [],
      catalog: {
        from: { control_id: change.from_id, name: change.from_name },
        to: { control_id: change.to_id, name: change.to_name },
        imported_at: change.at.toISOString(),
        imported_by: change.actor,
      },
    },
    deciding: null,
  };
}
