import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { Zones } from '../../../src/time/zones.ts';
import type { Review } from './review.ts';
import { reviewFindings } from './review-findings.ts';

/**
 * SHA-256 over what a person signs: the execution's record, every finding as it was seen, and the decisions made until then.
 * Names and addresses of accounts are left out, since they may change without a change of what was signed. One JSON text a
 * line, each ended by a newline; the first names this form of it.
 */
export async function evidenceHash(
  db: Kysely<Database>,
  review: Review,
  scope: { readonly zones: Zones; readonly until: Date },
): Promise<Buffer> {
  const hash = createHash('sha256');
  const add = (line: unknown) => hash.update(`${JSON.stringify(line)}\n`);
  const { comparison: _, ...record } = review;
  add('opsdeck-jobs review 1');
  add(record);
  for await (const { affected_user: __, ...finding } of reviewFindings(db, review, scope)) {
    // What nobody answers for is not signed.
    add(finding.decision?.source === 'unknown' ? { ...finding, decision: null } : finding);
  }
  return hash.digest();
}
