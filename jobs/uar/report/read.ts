import type { Kysely } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { readTotals } from '../population/read-population.ts';
import type { PopulationTotals } from '../population/totals.ts';
import { type FindingInReport, withDue } from './due.ts';
import { readEvidence } from './evidence.ts';
import { type FourEyes, fourEyesOf } from './four-eyes.ts';
import { withHistory } from './history.ts';
import { withRemovals } from './removals.ts';
import {
  countReview,
  type Review,
  type ReviewCount,
  type ReviewException,
  type Revocation,
  readReview,
  readReviewExceptions,
  readRevocations,
  readSignOff,
  type SignOff,
} from './review.ts';
import { reviewFindings } from './review-findings.ts';

/** What the report says beside the findings. */
export interface ReviewSummary {
  readonly review: Review;
  readonly counts: readonly ReviewCount[];
  readonly exceptions: readonly ReviewException[];
  readonly signOff: CheckedSignOff | null;
  /** Exceptions of the report that do not apply any more. */
  readonly revocations: readonly Revocation[];
  /** Control totals; null: a version before kept none, or there is no result. */
  readonly totals: PopulationTotals | null;
}

/** A sign-off beside what is stored now. */
export interface CheckedSignOff extends SignOff {
  readonly unchanged: boolean;
  /** False: an older version signed the findings and decisions alone. */
  readonly covers_signer: boolean;
  readonly fourEyes: FourEyes;
}

/** Where and how it is shown. */
export interface ReviewScope {
  readonly database: string;
  /** The business zone. */
  readonly zone: string;
}

/** One execution as the report has it. */
export interface ReviewReport {
  readonly summary: ReviewSummary;
  /** Every finding, as it was when the execution was signed, with every decision up to now; may be read more than once. */
  readonly findings: () => AsyncGenerator<FindingInReport>;
}

/** @throws OperatorError exit 2: `unknown_execution`, `not_ours`. */
export async function readReviewReport(
  db: Kysely<Database>,
  zones: Zones,
  id: number,
): Promise<ReviewReport> {
  const summary = await readSummary(db, zones, id);
  const until = summary.signOff?.at ?? null;
  return {
    summary,
    findings: () =>
      withDue(
        db,
        summary.review,
        withHistory(
          db,
          withRemovals(
            db,
            summary.review,
            reviewFindings(db, summary.review, { zones, until, asOfNow: until === null }),
          ),
          { zones, signedAt: until },
        ),
        zones,
      ),
  };
}

async function readSummary(db: Kysely<Database>, zones: Zones, id: number): Promise<ReviewSummary> {
  const review = await readReview(db, zones, id);
  const signed = await readSignOff(db, id);
  return {
    review,
    counts: await countReview(db, id),
    exceptions: await readReviewExceptions(db, id),
    signOff: signed === null ? null : await check(db, zones, review, signed),
    revocations: await readRevocations(db, id),
    totals: await readTotals(db, id),
  };
}

async function check(
  db: Kysely<Database>,
  zones: Zones,
  review: Review,
  signed: SignOff,
): Promise<CheckedSignOff> {
  const { hash, signedBy, deciders } = await readEvidence(db, review, { zones, until: signed.at });
  const coversSigner = !hash.equals(signed.evidence_hash);
  return {
    ...signed,
    unchanged: !coversSigner || signedBy(signed).equals(signed.evidence_hash),
    covers_signer: coversSigner,
    fourEyes: fourEyesOf(deciders, { email: signed.email, enteredBy: signed.entered_by }),
  };
}
