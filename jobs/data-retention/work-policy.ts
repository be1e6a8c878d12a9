import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Logger } from 'pino';
import { sqlState } from '../../src/db/errors.ts';
import type { Database } from '../../src/db/tables.ts';
import { OperatorError } from '../../src/errors.ts';
import type { JobContext } from '../../src/job/context.ts';
import { version } from '../../src/version.ts';
import { closeAcceptance, drawAcceptance, recordProgress } from './acceptance.sql.ts';
import { archiveFiles, archiveName } from './archive/archive-name.ts';
import { writeManifestFile } from './archive/write-archive.ts';
import { type ArchivedBatch, archiveBatch, tablesOf } from './archive-batch.ts';
import { type Disposal, type Disposed, dispose, freezeHolds, hashRecords, lockBatch } from './dispose.sql.ts';
import { readHoldColumns, refuseUnreadableHolds } from './holds.sql.ts';
import { settleSession } from './line.sql.ts';
import { insertManifest, lastManifest, type ManifestDocument } from './manifest.sql.ts';
import { policyContent } from './policy.ts';
import { isTaken, type Moment } from './rules.sql.ts';
import type { OnRunStep } from './run-step.ts';
import { type Batch, selectBatch } from './select-batch.sql.ts';
import { type Target, tablesOfPolicies } from './target.ts';

/** What the work on every policy of a run has in common. */
export interface Work {
  readonly transaction: JobContext<unknown, unknown>['transaction'];
  readonly runId: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly moment: Moment;
  /** Business time, for what is recorded. */
  now(): Date;
  readonly archiveDir: string | null;
  readonly limits: { readonly statementMs: number; readonly lockMs: number };
  readonly pauseMs: number;
  /** The time to stop has come. */
  isLate(): boolean;
  readonly onStep: OnRunStep;
  /** Rows of the policy's table that are done. */
  progress(done: number): void;
}

/** What was done for a policy. */
export interface Worked {
  /** Rows of the policy's table that were taken, and rows that went with them. */
  taken: number;
  related: number;
  /** Rows that were selected, and changed, were held or referenced before they were deleted: they stayed. */
  stayed: number;
  /** Batches that were given up because others held their rows. */
  busy: number;
  archives: number;
  bytes: number;
  first: number | null;
  last: number | null;
  /** The run stopped at its time limit, or because rows are busy, before the policy came to its end. */
  unfinished: boolean;
}

/** After so many batches in a row whose rows are busy the policy is left to the next run. */
const busyLimit = 3;

/** Another transaction had the rows, or a statement took too long: the batch was rolled back. */
const busyStates = ['55P03', '40P01', '40001', '57014'];

/** Takes at most `rows` rows, batch after batch. Each batch is done whole or not at all. */
export async function workPolicy(
  work: Work,
  target: Target,
  allowed: { readonly rows: number; readonly acceptance: string | null },
  from: string | null,
): Promise<Worked> {
  const done: Worked = {
    taken: 0,
    related: 0,
    stayed: 0,
    busy: 0,
    archives: 0,
    bytes: 0,
    first: null,
    last: null,
    unfinished: false,
  };
  let after = from;
  // Begun where the last run stopped: what lies before that comes at the end.
  let lap = from === null ? 2 : 1;
  let busyInARow = 0;
  let place = 0;
  while (done.taken < allowed.rows) {
    work.signal.throwIfAborted();
    if (work.isLate() || busyInARow >= busyLimit) {
      done.unfinished = true;
      break;
    }
    const batch = await nextBatch(work, target, after, allowed.rows - done.taken);
    const last = batch.keys.at(-1);
    if (last === undefined) {
      if (lap === 2) break;
      lap = 2;
      after = null;
      continue;
    }
    await work.onStep('selected');
    place += 1;
    const outcome = await takeBatch(work, target, batch, { place, last, acceptance: allowed.acceptance });
    after = last;
    if (outcome === 'busy') {
      done.busy += 1;
      busyInARow += 1;
      continue;
    }
    busyInARow = 0;
    count(done, batch, outcome);
    work.progress(done.taken);
    if (work.pauseMs > 0) await sleep(work.pauseMs, undefined, { signal: work.signal });
  }
  await work.transaction(async (trx) => {
    await recordProgress(trx, target, done.unfinished ? after : null, work.now());
    if (!done.unfinished && allowed.acceptance !== null) await closeAcceptance(trx, allowed.acceptance);
  });
  return done;
}

function nextBatch(work: Work, target: Target, after: string | null, rows: number): Promise<Batch> {
  return work.transaction(async (trx) => {
    await settleSession(trx, work.limits);
    return selectBatch(trx, target, await takenNow(trx, work, target), {
      after,
      limit: Math.min(target.policy.batchSize, rows),
      withLines: keepsFiles(work, target),
    });
  });
}

function keepsFiles({ archiveDir }: Work, { policy }: Target): boolean {
  return archiveDir !== null && (policy.action === 'archive_then_delete' || policy.action === 'archive_only');
}

/** The rules, with the holds as they are in this transaction. */
async function takenNow(trx: Kysely<Database>, { moment }: Work, target: Target) {
  const holds = await readHoldColumns(trx, tablesOfPolicies([target.policy]), moment.today);
  refuseUnreadableHolds(target, holds);
  return isTaken(target, moment, holds);
}

interface TakenBatch {
  readonly disposed: Disposed;
  readonly document: ManifestDocument | null;
}

/** Archive, then delete what is still what was archived. A file whose batch was not committed is removed, now or by the next run. */
async function takeBatch(
  work: Work,
  target: Target,
  batch: Batch,
  at: { readonly place: number; readonly last: string; readonly acceptance: string | null },
): Promise<TakenBatch | 'busy'> {
  const folder = keepsFiles(work, target) ? work.archiveDir : null;
  const name = archiveName(target.policy.name, work.runId, at.place);
  let committed = false;
  try {
    const archived = folder === null ? null : await archiveFile(work, target, batch, folder, name);
    const taken = await work.transaction((trx) => deleteBatch(trx, work, target, batch, archived, at));
    committed = taken.document !== null;
    if (committed) await work.onStep('committed');
    if (folder !== null && taken.document !== null) await writeManifestFile(folder, name, taken.document);
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
      `${target.policy.name}: rows up to ${at.last} stay, because others hold some of them`,
    );
    return 'busy';
  } finally {
    // A commit that nobody knows the end of leaves the file to the next run, which asks the database.
    if (folder !== null && !committed) await removeUnlessCommitted(work, folder, name);
  }
}

async function archiveFile(
  work: Work,
  target: Target,
  batch: Batch,
  folder: string,
  name: string,
): Promise<ArchivedBatch> {
  const read = <T>(query: (trx: Kysely<Database>) => Promise<T>) =>
    work.transaction(async (trx) => {
      await settleSession(trx, work.limits);
      return query(trx);
    });
  return archiveBatch(read, target, batch, { folder, name, runId: work.runId }, work.onStep);
}

async function deleteBatch(
  trx: Kysely<Database>,
  work: Work,
  target: Target,
  batch: Batch,
  archived: ArchivedBatch | null,
  at: { readonly last: string; readonly acceptance: string | null },
): Promise<TakenBatch> {
  await settleSession(trx, work.limits);
  await freezeHolds(trx);
  await lockBatch(trx, target, batch.keys);
  await work.onStep('locked');
  const previous = await lastManifest(trx);
  const manifest = previous.id + 1;
  const taken = await takenNow(trx, work, target);
  const disposal = disposalOf(target, archived, manifest);
  const disposed = await dispose(trx, target, taken, batch.keys, disposal);
  await work.onStep('deleted');
  await recordProgress(trx, target, at.last, work.now());
  if (disposed.keys === null) return { disposed, document: null };
  const rows = disposed.rows[0] ?? 0;
  if (at.acceptance !== null) await drawAcceptance(trx, at.acceptance, rows);
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
    key_range: { first: disposed.first, last: disposed.last },
    place:
      archived?.place ??
      (disposal.kind === 'recorded' ? { kind: 'table', ...(await hashRecords(trx, manifest)) } : null),
  };
  await insertManifest(trx, document);
  if (target.policy.guard === 'intact_snapshot') await leaveTombstones(trx, manifest, batch.keys);
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

function isBusy(error: unknown): boolean {
  const state = sqlState(error instanceof OperatorError ? error.cause : error);
  return state !== undefined && busyStates.includes(state);
}

/** The database says whether the manifest is there; without an answer the file stays for the next run. */
async function removeUnlessCommitted(work: Work, folder: string, name: string): Promise<void> {
  try {
    const named = await work.transaction(async (trx) => {
      const { rows } = await sql`select from opsdeck_jobs.archive_manifest
        where run_id = ${work.runId}::uuid and document #>> '{place,name}' = ${name}`.execute(trx);
      return rows.length > 0;
    });
    if (!named) await rm(join(folder, archiveFiles(name).rows), { force: true });
  } catch (error) {
    work.logger.warn(
      {
        'event.action': 'retention.file_left',
        'event.outcome': 'failure',
        'file.name': archiveFiles(name).rows,
        err: error,
      },
      `${archiveFiles(name).rows} was left behind; the next run removes it unless its manifest was committed`,
    );
  }
}

function count(done: Worked, batch: Batch, { disposed, document }: TakenBatch): void {
  const [own = 0, ...others] = disposed.rows;
  done.taken += own;
  done.related += others.reduce((sum, rows) => sum + rows, 0);
  done.stayed += batch.keys.length - own;
  if (document === null) return;
  done.archives += 1;
  done.bytes += document.place?.kind === 'file' ? document.place.bytes : 0;
  done.first ??= document.archive;
  done.last = document.archive;
}
