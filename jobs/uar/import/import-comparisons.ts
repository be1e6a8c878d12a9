import { basename } from 'node:path';
import { sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { OperatorError } from '../../../src/errors/operator-error.ts';
import { usage } from '../../../src/errors/usage.ts';
import {
  type ImportContext,
  inImportTransaction,
  lockImports,
  recordImport,
  storedNow,
} from '../../../src/import/import-transaction.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { isOurs } from '../comparison.ts';
import { recordDueChanges } from '../due/due-changes.ts';
import { nextRun, readSchedule } from '../schedule.ts';
import type { ComparisonFile, ImportedComparison } from './comparison-file.ts';
import { writeComparisons } from './write-comparisons.sql.ts';

/** What an import of comparisons did, or in a dry run would do. */
export interface ComparisonImport {
  readonly comparisons: number;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: number;
}

interface Stored {
  readonly name: string;
  readonly schedule_type: string | null;
  /** As it is stored; whatever jsonb cannot hold is null. */
  readonly schedule_config: unknown;
}

/**
 * Adds and changes comparisons by name, in one transaction and with a fixed number of statements; archived ones do not count. The
 * same file twice changes nothing, and a comparison that is not in the file stays as it is. A comparison whose schedule changes is
 * planned anew; with a source type of ours OpsDeck's `next_run_at` stays NULL, and its time is in our table.
 *
 * @throws OperatorError `comparison_ambiguous` (exit 2): two comparisons of the database have one name.
 */
export async function importComparisons(
  { text, comparisons }: ComparisonFile,
  file: string,
  context: ImportContext & { readonly zones: Zones },
): Promise<ComparisonImport> {
  return inImportTransaction(context, async (trx) => {
    await lockImports(trx);
    const stored = await storedComparisons(trx, comparisons);
    const now = context.database.clock.now();
    const planned = comparisons.map((comparison, index) => {
      const before = stored.get(comparison.name);
      const read = readSchedule(
        comparison.schedule_type ?? before?.schedule_type ?? 'manual',
        comparison.schedule_config ?? before?.schedule_config,
      );
      // A stored one that cannot be read fails where people see it.
      const next = 'problem' in read ? now : nextRun(read.schedule, now, context.zones.business);
      return {
        ...withoutConfigs(comparison),
        place: index + 1,
        ours: isOurs(comparison),
        next: next?.toISOString() ?? null,
      };
    });
    const { due, ...result } = await writeComparisons(trx, text, JSON.stringify(planned), {
      now: storedNow(context),
      storedZone: context.database.storedZone,
    });
    await recordDueChanges(trx, due, { at: now, actor: context.actor });
    if (result.added.length + result.changed.length > 0) {
      await recordImport(trx, context, {
        kind: 'comparisons',
        subject: `file:${basename(file)}`,
        after: {
          comparisons: comparisons.length,
          added: result.added.length,
          changed: result.changed.length,
        },
      });
    }
    return {
      ...result,
      comparisons: comparisons.length,
      unchanged: comparisons.length - result.added.length - result.changed.length,
    };
  });
}

/** They are taken from the text of the file. */
function withoutConfigs(comparison: ImportedComparison) {
  const { source_a_config: _a, source_b_config: _b, ...rest } = comparison;
  return rest;
}

/** Those of the database that have a name of the file. */
async function storedComparisons(
  trx: Transaction<Database>,
  comparisons: readonly ImportedComparison[],
): Promise<ReadonlyMap<string, Stored>> {
  const { rows } = await sql<Stored>`
    select name, schedule_type, opsdeck_jobs.try_jsonb(schedule_config::text) as schedule_config
      from public.uar_comparison
     where is_archived is distinct from true and name = any(${comparisons.map(({ name }) => name)}::text[])
     order by id`.execute(trx);
  const stored = new Map<string, Stored>();
  for (const row of rows) {
    if (stored.has(row.name)) throw ambiguous(row.name);
    stored.set(row.name, row);
  }
  return stored;
}

function ambiguous(name: string): OperatorError {
  return usage(
    `There are two comparisons called '${name}', and the file does not select one of them; nothing was written.`,
    'Rename or archive one of them in OpsDeck.',
    'comparison_ambiguous',
  );
}
