import type { Kysely } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { inBatches } from '../../../src/text/batches.ts';
import { findOwners, ownerKey } from '../owners.sql.ts';
import { isOwnerless } from '../owners.ts';
import type { ReportedEnd } from './read.ts';

const perLookUp = 1000;

/**
 * The first of those that no active person owns, and how many there are: no owner where there should be one, a user or group that does
 * not exist, or only people who left. A statement for a thousand ends.
 */
export async function endsWithoutOwner(
  db: Kysely<Database>,
  all: AsyncIterable<ReportedEnd>,
  limit: number,
): Promise<{ readonly ends: readonly ReportedEnd[]; readonly total: number }> {
  const ends: ReportedEnd[] = [];
  let total = 0;
  for await (const some of inBatches(all, perLookUp)) {
    const owners = await findOwners(
      db,
      some.flatMap(({ item }) => item.owner ?? []),
    );
    for (const end of some) {
      const { owner } = end.item;
      if (!isOwnerless(end.item, owner === null ? null : (owners.get(ownerKey(owner)) ?? null))) continue;
      total += 1;
      if (ends.length < limit) ends.push(end.owner === null ? end : { ...end, owner: `${end.owner} (left)` });
    }
  }
  return { ends, total };
}
