import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';
import { grantStatements } from '../../../src/grants/grant-statements.ts';
import { readRights } from '../../../src/grants/read-rights.ts';
import type { TableGrant } from '../../../src/grants/table-grant.ts';
import type { JobContext } from '../../../src/job/context.ts';
import { rethrowWhatEndsTheRun } from '../../../src/job/what-ends-a-run.ts';
import { items, retentionGrants } from '../grants.ts';
import { newPolicyResult, type PolicyResult } from '../result.ts';
import type { RetentionSettings } from '../settings.ts';
import { checkValues } from './check-values.ts';
import { failPolicy } from './fail-policy.ts';
import { refuseBelowFloor } from './floor.ts';
import type { Moment } from './moment.sql.ts';
import type { Guard, Policy } from './policy.ts';
import { policyProblem } from './problem.ts';
import { readShapes, storedColumns } from './table-shape.sql.ts';
import { type Target, tablesOfPolicies, toTarget } from './target.ts';

/** The policies that can run on the database as it is, and those that cannot, with the reason. */
export interface FittedPolicies {
  readonly targets: readonly Target[];
  readonly unavailable: readonly PolicyResult[];
}

/** The context of a run, or what a list has of it. */
export type FitContext = Pick<
  JobContext<unknown, RetentionSettings>,
  'transaction' | 'settings' | 'dryRun' | 'signal' | 'logger' | 'scrub'
>;

/**
 * Looks at each policy by itself before any takes a row: its floor, its tables and columns, its values, and the rights of the role.
 * One that does not fit is unavailable; the others run.
 */
export async function fitPolicies(
  context: FitContext,
  policies: readonly Policy[],
  moment: Moment,
): Promise<FittedPolicies> {
  const { transaction, settings, dryRun } = context;
  const shapes = await transaction((trx) => readShapes(trx, tablesOfPolicies(policies)));
  const [targets, unavailable]: [Target[], PolicyResult[]] = [[], []];
  for (const policy of policies) {
    try {
      if (policy.action === 'archive_only' && settings.archive_dir === undefined)
        throw policyProblem(policy.name, 'archive_only needs archive_dir');
      refuseBelowFloor(policy, settings.floor_days?.days);
      const target = toTarget(policy, shapes);
      const missing = await transaction((trx) => missingRights(trx, target, dryRun));
      if (missing !== null) throw missing;
      await checkValues(transaction, target, moment);
      targets.push(target);
    } catch (error) {
      rethrowWhatEndsTheRun(context.signal, error);
      const result = newPolicyResult(policy);
      failPolicy(context, result, error);
      unavailable.push(result);
    }
  }
  return { targets, unavailable };
}

/** What the rule of a guard reads of tables of OpsDeck's that are not the policy's own. */
const guardReads: Partial<Readonly<Record<Guard, readonly TableGrant[]>>> = {
  settled_message: [{ table: 'opsdeck_jobs.message', select: ['communication_id', 'state'] }],
  superseded_review: [{ table: 'uar_finding', select: ['execution_id', 'status', 'last_seen_at'] }],
  lone_message: [{ table: 'scheduled_communication', select: ['id'] }],
  past_alert: items.map((table) => ({ table, select: ['id'] })),
};

/** What the role lacks for a policy, all of it at once; null: nothing. */
async function missingRights(
  db: Kysely<Database>,
  target: Target,
  dryRun: boolean,
): Promise<OperatorError | null> {
  const { rows } = await sql<{ role: string }>`select current_user as role`.execute(db);
  const role = rows[0]?.role ?? '';
  const rights = await readRights(db, [{ role, grants: grantsOf(target, dryRun), ownTables: false }]);
  const missing = rights.roles.flatMap((one) => one.missing);
  if (missing.length === 0) return null;
  const tables = missing.map(({ table }) => table).join(', ');
  return new OperatorError({
    code: 'permission_denied',
    message: `The retention policy ${target.policy.name} cannot be used: the role ${role} lacks rights on ${tables}.`,
    next: `As the owner of the tables: ${grantStatements(missing, role).join(' ').replaceAll(/\s+/g, ' ')}`,
    exitCode: ExitCode.usage,
  });
}

/** A dry run only reads. Rows are locked, which needs the right to change a column. */
function grantsOf(target: Target, dryRun: boolean): readonly TableGrant[] {
  const { policy, shape, key, related } = target;
  const names = (one: Target['shape']) => storedColumns(one).map(({ name }) => name);
  const deletes = policy.action === 'delete' || policy.action === 'archive_then_delete';
  const removes = !dryRun && deletes ? ({ delete: true } as const) : {};
  const locks = (table: string, columns: readonly string[]): Partial<TableGrant> => {
    const update = retentionGrants.find((one) => one.table === table)?.update ?? columns;
    return dryRun || update.length === 0 ? {} : { update };
  };
  const shapes = [shape, ...related.map((one) => one.shape)];
  const along = new Set(shapes.map(({ table }) => table));
  const pointing = shapes.flatMap(({ incoming }) => incoming).filter(({ table }) => !along.has(table));
  return [
    {
      table: shape.table,
      select: names(shape),
      ...locks(shape.table, [key.name, ...Object.keys(policy.replace)]),
      ...removes,
    },
    ...related.map((one) => ({
      table: one.shape.table,
      select: names(one.shape),
      ...locks(one.shape.table, []),
      ...removes,
    })),
    ...(deletes ? pointing.map(({ table, columns }) => ({ table, select: columns })) : []),
    ...(policy.guard === null ? [] : (guardReads[policy.guard] ?? [])),
  ];
}
