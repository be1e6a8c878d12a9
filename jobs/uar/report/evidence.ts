import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { Zones } from '../../../src/time/zones.ts';
import type { Deciders } from './four-eyes.ts';
import { type Review, readReviewExceptions } from './review.ts';
import { reviewFindings } from './review-findings.ts';

/** Who signs, as it is stored. */
export interface Signature {
  readonly user_id: number | null;
  readonly email: string;
  readonly note: string;
  readonly entered_by: string | null;
  readonly at: Date;
}

/** What a person signs, and who decided about it. */
export interface Evidence {
  /** Of version 1, which knows nothing of the signer. */
  readonly hash: Buffer;
  /** With the exceptions that applied, the signer, the note and the user of the machine. */
  readonly signedBy: (signature: Signature) => Buffer;
  readonly deciders: Deciders;
}

/**
 * SHA-256 over what a person signs: the execution's record, every finding as it was seen, and the decisions made until then.
 * Names and addresses of accounts are left out, since they may change without a change of what was signed. One JSON text a
 * line, each ended by a newline; the first names this form of it. A sign-off is one more SHA-256: over that one, the exceptions and
 * the signature.
 */
export async function readEvidence(
  db: Kysely<Database>,
  review: Review,
  scope: { readonly zones: Zones; readonly until: Date },
): Promise<Evidence> {
  const hash = createHash('sha256');
  const add = (line: unknown) => hash.update(`${JSON.stringify(line)}\n`);
  const { comparison: _, ...record } = review;
  const exceptions = await readReviewExceptions(db, review.execution_id);
  const people = new Set<string>();
  const machineUsers = new Set<string>();
  const decided = (actor: string, enteredBy: string | null | undefined) => {
    people.add(actor);
    if (enteredBy != null) machineUsers.add(enteredBy);
  };
  add('opsdeck-jobs review 1');
  add(record);
  for await (const { affected_user: __, ...finding } of reviewFindings(db, review, scope)) {
    const { decision } = finding;
    // What nobody answers for is not signed.
    add(decision?.source === 'unknown' ? { ...finding, decision: null } : finding);
    if (decision !== null && decision.source !== 'unknown') decided(decision.actor, decision.entered_by);
  }
  for (const { added_by: by, entered_by: enteredBy } of exceptions) decided(by, enteredBy);
  const digest = hash.digest();
  return {
    hash: digest,
    signedBy: ({ user_id, email, note, entered_by, at }) =>
      createHash('sha256')
        .update('opsdeck-jobs sign-off 2\n')
        .update(`${digest.toString('hex')}\n`)
        .update(`${JSON.stringify(exceptions)}\n`)
        .update(`${JSON.stringify({ user_id, email, note, entered_by, at })}\n`)
        .digest(),
    deciders: { people, machineUsers },
  };
}
