import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { sqlState } from '../../../src/db/errors.ts';
import type { Database } from '../../../src/db/tables.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';
import { version } from '../../../src/service/version.ts';
import { writeManifestFile } from '../archive/write-archive.ts';
import { type ArchivedBatch, tablesOf } from '../batch/archive-batch.ts';
import {
  type Disposal,
  type Disposed,
  dispose,
  freezeHolds,
  hashRecords,
  lockBatch,
} from '../batch/dispose.sql.ts';
import { settleSession } from '../batch/line.sql.ts';
import { discardBatch, nextKey, type PreparedBatch, prepareBatch } from '../batch/prepare-batch.ts';
import { changesOf, removedOf } from '../records/changes.sql.ts';
import { insertManifest, lastManifest, type ManifestDocument } from '../records/manifest.sql.ts';
import type { PolicyResult } from '../result.ts';
import { closeAcceptance, drawAcceptance, recordProgress } from './acceptance.sql.ts';
import { policyContent } from './policy.ts';
import { isRefusal, RefusedRows } from './refused-rows.ts';
import type { Target } from './target.ts';
import { takenNow, type Work } from './work.ts';

/** After so many batches in a row whose rows are busy the policy is left to the next run. */
const busyLimit = 3;

/** Another transaction had the rows, or a statement took too long: the batch was rolled back. */
const busyStates = ['55P03', '40P01', '40001', '57014'];

/** What a policy may take; the rows count against an acceptance where there is one. */
interface Allowed {
  readonly rows: number;
  readonly acceptance: string | null;
}

/**
 * Takes at most `rows` rows, batch after batch; each is done whole or not at all. While one batch is deleted the next is prepared: the
 * database does the one, this process most of the other. A row that the database refuses stays, and the others are taken.
 *
 * @param from the key after which to begin: where the last run stopped. What lies before it comes at the end.
 * @param done receives what was done, also where this fails in the middle.
 * @throws OperatorError `rows_refused`, when all else was done.
 */
export async function workPolicy(
  work: Work,
  target: Target,
  allowed: Allowed,
  from: string | null,
  done: PolicyResult,
): Promise<void> {
  let after = from;
  let place = 0;
  let busyInARow = 0;
  const refused = new RefusedRows(target.policy.batchSize);
  const begin = (key: string | null, left: number): Ahead | null => {
    if (left <= 0 || work.signal.aborted) return null;
    place += 1;
    const rows = Math.min(refused.size, left);
    return new Ahead(rows, prepareBatch(work, target, { after: key, rows, place }));
  };
  let ahead: Ahead | null = null;
  try {
    for (let lap = from === null ? 2 : 1; done.taken < allowed.rows; ) {
      work.signal.throwIfAborted();
      if (work.isLate() || busyInARow >= busyLimit || refused.tooMany) {
        done.unfinished = true;
        break;
      }
      const before = after;
      ahead ??= begin(after, allowed.rows - done.taken);
      let trying = ahead?.rows ?? 0;
      try {
        const prepared = (await ahead?.batch) ?? null;
        ahead = null;
        if (prepared === null) {
          if (lap === 2) break;
          lap = 2;
          after = null;
          continue;
        }
        trying = prepared.keys.length;
        after = prepared.last;
        ahead = begin(after, allowed.rows - done.taken - trying);
        const outcome = await takeBatch(work, target, prepared, allowed.acceptance);
        busyInARow = outcome === 'busy' ? busyInARow + 1 : 0;
        if (outcome === 'busy') done.busy_batches += 1;
        else {
          count(done, prepared.keys.length, outcome);
          await publishManifest(work, prepared, outcome.document);
        }
        refused.grow();
      } catch (error) {
        if (!isRefusal(error) || work.signal.aborted) throw error;
        await ahead?.discard(work);
        ahead = null;
        after = before;
        if (trying > 1) refused.halve(trying);
        else {
          after = await nextKey(work, target, before);
          if (after === null) throw error;
          refused.add(after, error);
        }
      }
      work.progress(done.taken);
      if (work.pauseMs > 0) await sleep(work.pauseMs, undefined, { signal: work.signal });
    }
  } finally {
    await ahead?.discard(work);
  }
  await work.transaction(async (trx) => {
    await recordProgress(trx, target, done.unfinished ? after : null, work.now());
    if (!done.unfinished && allowed.acceptance !== null) await closeAcceptance(trx, allowed.acceptance);
  });
  const fault = refused.fault(target.policy.table);
  if (fault !== null) throw fault;
}

/** A batch that is being prepared while another one is deleted. */
class Ahead {
  /** At most so many. */
  readonly rows: number;
  readonly batch: Promise<PreparedBatch | null>;

  constructor(rows: number, batch: Promise<PreparedBatch | null>) {
    this.rows = rows;
    this.batch = batch;
    // Whoever waits for it hears of an error; until then it is nobody's.
    batch.catch(() => undefined);
  }

  /** It is not wanted any more. */
  async discard(work: Work): Promise<void> {
    const prepared = await this.batch.catch(() => null);
    if (prepared !== null) await discardBatch(work, prepared);
  }
}

interface TakenBatch {
  readonly disposed: Disposed;
  readonly document: ManifestDocument | null;
}

/** Deletes what is still what was archived. A file whose batch was not committed is removed, now or by the next run. */
async function takeBatch(
  work: Work,
  target: Target,
  prepared: PreparedBatch,
  acceptance: string | null,
): Promise<TakenBatch | 'busy'> {
  const { last } = prepared;
  let committed = false;
  try {
    const taken = await work.transaction((trx) => deleteBatch(trx, work, target, prepared, acceptance));
    committed = taken.document !== null;
    return taken;
  } catch (error) {
    if (!isBusy(error) || work.signal.aborted) throw error;
    work.logger.warn(
      {
        'event.action': 'retention.batch_skipped',
        'event.outcome': 'failure',
        'labels.policy': target.policy.name,
        err: error,
      },
      `${target.policy.name}: rows up to ${last} stay, because others hold some of them`,
    );
    return 'busy';
  } finally {
    if (!committed) await discardBatch(work, prepared);
  }
}

/** The manifest beside its archive; the next run writes it where that fails. */
async function publishManifest(
  work: Work,
  { archived }: PreparedBatch,
  document: ManifestDocument | null,
): Promise<void> {
  if (document === null) return;
  await work.onStep('committed');
  if (archived !== null) await writeManifestFile(archived.place.folder, archived.place.name, document);
}

function isBusy(error: unknown): boolean {
  const state = sqlState(error instanceof OperatorError ? error.cause : error);
  return state !== undefined && busyStates.includes(state);
}

async function deleteBatch(
  trx: Kysely<Database>,
  work: Work,
  target: Target,
  { keys, archived, last }: PreparedBatch,
  acceptance: string | null,
): Promise<TakenBatch> {
  await settleSession(trx, work.limits, work.runId);
  await freezeHolds(trx);
  await lockBatch(trx, target, keys);
  await work.onStep('locked');
  const previous = await lastManifest(trx);
  const manifest = previous.id + 1;
  const taken = await takenNow(trx, work, target);
  const changes = await changesOf(trx, target, keys);
  const disposal = disposalOf(target, archived, manifest);
  const disposed = await dispose(trx, target, taken, keys, disposal);
  await work.onStep('deleted');
  await recordProgress(trx, target, last, work.now());
  if (disposed.keys === null) return { disposed, document: null };
  const rows = disposed.rows[0] ?? 0;
  if (acceptance !== null) await drawAcceptance(trx, acceptance, rows);
  const document: ManifestDocument = {
    format: 1,
    archive: manifest,
    previous: previous.chainHash,
    run_id: work.runId,
    archived_at: work.now().toISOString(),
    program_version: version,
    policy: target.policy.name,
    policy_hash: target.hash,
    policy_content: JSON.parse(JSON.stringify(policyContent(target.policy))),
    action: target.policy.action,
    tables: tablesOf(target).map((table, place) => ({ ...table, rows: disposed.rows[place] ?? 0 })),
    keys: disposed.keys,
    ...(changes === null ? {} : { changes: await removedOf(trx, changes) }),
    key_range: { first: disposed.first, last: disposed.last },
    place:
      archived?.place ??
      (disposal.kind === 'recorded' ? { kind: 'table', ...(await hashRecords(trx, manifest)) } : null),
  };
  await insertManifest(trx, document);
  if (target.policy.guard === 'intact_snapshot') await leaveTombstones(trx, manifest, keys);
  return { disposed, document };
}

/** The links of removed snapshots stay in their chain, and say where their rows are. */
async function leaveTombstones(
  trx: Kysely<Database>,
  manifest: number,
  keys: readonly string[],
): Promise<void> {
  await sql`
    update opsdeck_jobs.drift_snapshot s set removed_by = ${manifest}::bigint
     where audit_id = any (${[...keys]}::text[]::integer[])
       and not exists (select from public.compliance_audit a where a.id = s.audit_id)`.execute(trx);
}

function disposalOf({ policy }: Target, archived: ArchivedBatch | null, manifest: number): Disposal {
  switch (policy.action) {
    case 'archive_then_delete':
      return archived === null
        ? { kind: 'recorded', manifest }
        : { kind: 'archived', hashes: archived.hashes };
    case 'archive_only':
      if (archived === null) throw new TypeError('archive_only needs a folder');
      return { kind: 'copied', hashes: archived.hashes, manifest };
    case 'delete':
      return { kind: 'deleted' };
    case 'anonymise':
      return { kind: 'anonymised' };
    default:
      return policy.action satisfies never;
  }
}

function count(done: PolicyResult, selected: number, { disposed, document }: TakenBatch): void {
  const [own = 0, ...others] = disposed.rows;
  done.taken += own;
  done.related += others.reduce((sum, rows) => sum + rows, 0);
  done.stayed += selected - own;
  if (document === null) return;
  done.archives += 1;
  done.archive_bytes += document.place?.kind === 'file' ? document.place.bytes : 0;
  done.first_archive ??= document.archive;
  done.last_archive = document.archive;
}
