import { TZDate } from '@date-fns/tz/date';
import type { Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { LoadedSource, OpenSource } from '../../../src/sources/source.ts';
import { toDay } from '../../../src/time/calendar-day.ts';
import { type AccountedRows, accountForRows } from '../compare/accounted.ts';
import { neededColumns } from '../compare/columns.ts';
import { compareStaged } from '../compare/compare-staged.ts';
import type { ComparisonSpec } from '../compare/spec.ts';
import type { ComparisonSummary } from '../compare/summary.ts';
import type { Comparison } from '../comparison.ts';
import { stagingTables } from '../sources/sides.ts';
import type { Tell, UarContext } from '../uar-context.ts';
import { newExecutionId } from './execution-record.sql.ts';
import { changedSources, ImplausibleData, staleSources, tooMuchAppeared } from './plausibility.ts';
import { type Past, readPast } from './previous.sql.ts';
import type { Steps } from './read-steps.sql.ts';
import { decideSteps, type StepScope } from './steps.sql.ts';

interface Sides {
  readonly a: LoadedSource;
  readonly b: LoadedSource;
}

/** What is known once both sides are loaded and compared. */
export interface Compared extends Sides {
  readonly past: Past;
  readonly scope: StepScope;
  readonly spec: ComparisonSpec;
  readonly summary: ComparisonSummary;
  readonly accounted: { readonly a: AccountedRows; readonly b: AccountedRows };
  /** In what the sources differ from last time by more than is believed; not empty: it was accepted. */
  readonly changes: readonly string[];
}

/** Fills the temporary tables: both sides, what they differ in, and what becomes of it. */
export async function stageSides(
  context: UarContext,
  trx: Transaction<Database>,
  { row, mappings, settings }: Comparison,
  opened: { readonly a: OpenSource; readonly b: OpenSource; readonly tell: Tell },
): Promise<Compared> {
  const { clock, zones, signal, dryRun } = context;
  const past = await readPast(trx, row.id);
  const spec = { comparisonId: row.id, keyA: row.key_field_a, keyB: row.key_field_b, mappings, settings };
  opened.tell('loading A', 1);
  const a = await opened.a.load(trx, stagingTables.A, neededColumns(spec, 'a'));
  signal.throwIfAborted();
  opened.tell(`loading B (A has ${a.rows} rows)`, 1);
  const b = await opened.b.load(trx, stagingTables.B, neededColumns(spec, 'b'));
  signal.throwIfAborted();
  opened.tell(`comparing ${a.rows} with ${b.rows} rows`, 2);
  const stale = staleSources({ a, b }, settings, clock.now());
  if (stale.length > 0) throw new ImplausibleData(stale.join(' '));
  const changes = changedSources({ a, b }, past.previous, settings);
  if (changes.length > 0) requireAccepted(context, changes);
  const summary = await compareStaged(trx, spec, a, b);
  const accounted = await accountForRows(trx, { a, b });
  signal.throwIfAborted();
  const now = clock.now();
  const scope: StepScope = {
    comparisonId: row.id,
    executionId: dryRun ? 0 : await newExecutionId(trx),
    previousExecutionId: past.previous?.id ?? null,
    adopting: row.adopted_at === null && (past.hasFindings || past.previous !== null),
    linkUsers: row.key_field_a === 'email' || row.key_field_b === 'email',
    foldCase: settings.key.case_fold,
    now,
    today: toDay(new TZDate(now, zones.business)),
    zones,
    dryRun,
  };
  await decideSteps(trx, scope);
  return { a, b, past, scope, spec, summary, accounted, changes };
}

/** The last look before anything is stored: so many people are not accused at once without somebody's word. */
export function believe(
  context: UarContext,
  { settings }: Comparison,
  compared: Compared,
  { groups }: Steps,
): Compared {
  const { a, b, past, changes } = compared;
  const appeared = groups.reduce((sum, one) => sum + one.appeared, 0);
  const tooMuch = tooMuchAppeared(appeared, Math.max(a.rows, b.rows), past.previous, settings);
  if (tooMuch === null) return compared;
  requireAccepted(context, [tooMuch]);
  return { ...compared, changes: [...changes, tooMuch] };
}

function requireAccepted({ params }: UarContext, changes: readonly string[]): void {
  if (params['accept-change'] !== true) throw new ImplausibleData(changes.join(' '));
}
