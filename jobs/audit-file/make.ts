/*
 * The auditor's file: what was recorded about a framework in a period, as one archive.
 *
 * Model: parts have lists, lists have files; each list is read in one consistent view of the database (repeatable read), counted, and written as pages
 * for reading and tables for testing. The cover names every list with its source, filter and count, and what is not included. The manifest has the
 * hash of each file.
 * Memory: what a test of a control looks at is in memory; everything else is written piece by piece.
 * Guarantee: the same data, instant and person make the same content. The action log has the hash of the manifest before the file has its name.
 * Not promised: that the database was right.
 */
import type { Transaction } from 'kysely';
import type { Period } from '../../src/cli/runs/read-period.ts';
import type { Database } from '../../src/db/tables.ts';
import { type RecordHead, readNewestHead } from '../../src/record/head.ts';
import { newestTimestamp } from '../../src/record/timestamp/stored-timestamps.ts';
import { version } from '../../src/service/version.ts';
import { daysBetween } from '../../src/time/calendar-day.ts';
import { readChanges } from '../changes/report/read.ts';
import type { EvaluationScope } from '../compliance-drift/evaluate.sql.ts';
import { type PeriodScope, readControlPeriods } from '../compliance-drift/period/read.ts';
import { readDisposals } from '../data-retention/report/read.ts';
import { type AuditFile, type AuditFormat, type AuditPart, reportFiles } from './content/audit-list.ts';
import { readCatalog } from './content/catalog.ts';
import { controlsPart, frameworkControls, numbered } from './content/controls.ts';
import { coverForms } from './content/cover.ts';
import { dutyParts } from './content/duties.ts';
import { evidenceFilesPart } from './content/evidence-files.ts';
import { leaversPart } from './content/leavers.ts';
import { alertsPart, decisionsPart } from './content/logs.ts';
import { changesPart, deletionPart, soaPart } from './content/monitoring.ts';
import { reviewsPart } from './content/reviews.ts';
import { firingsPart, readFirings, readRemovedRuns } from './content/runs.ts';
import type { PeopleMask } from './people/mask.ts';
import {
  type HashedFile,
  type ManifestFacts,
  manifestName,
  manifestText,
  sha256Of,
  timestampName,
  verifyName,
  verifyText,
} from './zip/manifest.ts';
import { zipOf } from './zip/write-zip.ts';

export interface AuditScope {
  readonly framework: { readonly id: number };
  readonly period: Period;
  readonly days: PeriodScope;
  readonly evaluation: EvaluationScope;
  readonly evidenceDir: string | null;
}

/** What the maker is shown, and the action log keeps. */
export interface MadeFile {
  readonly files: number;
  readonly lists: number;
  readonly missing: number;
  readonly controls: number;
  readonly head: RecordHead | null;
  /** Of `MANIFEST.txt`, hexadecimal. */
  readonly manifest: string;
}

export interface Making {
  readonly pieces: AsyncIterable<Buffer>;
  /** After the last piece. */
  readonly made: () => MadeFile;
}

/** Reads the lists, and gives the archive, whose pieces are made while they are taken: in the transaction. */
export async function makeAuditFile(
  trx: Transaction<Database>,
  scope: AuditScope,
  format: AuditFormat,
  people: PeopleMask | null,
): Promise<Making> {
  const { period, days, framework } = scope;
  const whole = people?.whole ?? null;
  const catalog = await readCatalog(trx, framework.id);
  const head = await readNewestHead(trx);
  const timestamp = head === null ? null : await newestTimestamp(trx, head.number);
  const controls = numbered(await readControlPeriods(trx, await frameworkControls(trx, framework.id), days));
  const retention = await readDisposals(trx, period);
  const changes = await readChanges(trx, period);
  const firings = await readFirings(trx, period);
  const parts: AuditPart[] = [
    controlsPart(controls, days, format),
    await soaPart(trx, scope.evaluation, days.today, format),
    await reviewsPart(trx, { period, zones: days.zones, whole }, format),
    await leaversPart(trx, days, whole, format),
    ...(await dutyParts(trx, days, format)),
    await alertsPart(trx, period, format),
    deletionPart(retention, period, format),
    await decisionsPart(trx, { period, whole }, format),
    changesPart(changes, period, format),
    firingsPart(firings, period, format),
    await evidenceFilesPart(controls, scope.evidenceDir, format),
  ];
  const lists = parts.flatMap((part) => part.lists);
  const missing = parts.flatMap((part) => part.missing);
  const cover = coverForms(
    {
      ...{ catalog, first: days.first, last: days.last, controls: controls.length },
      days: daysBetween(days.first, days.last) + 1,
      // Snapshots are of the framework as a whole.
      daysWithout: controls[0]?.tested.recorded.withoutDays ?? 0,
      ...{ firings, removedRuns: await readRemovedRuns(trx, days), retention, changes, lists, missing },
      ...{ head, timestamp },
      pseudonyms: people !== null,
    },
    format,
  );
  const facts: ManifestFacts = {
    framework: people === null ? catalog.framework : people.mask(catalog.framework),
    ...{ from: days.first, to: days.last, made: format.origin.at.toISOString() },
    ...{ program: `opsdeck-jobs ${version}`, head, timestamp },
  };
  const hashed: HashedFile[] = [];
  let manifest: string | undefined;
  const pieces = zipOf(filesOf(), hashed);
  return {
    pieces,
    made: () => {
      if (manifest === undefined) throw new TypeError('The archive is not complete yet.');
      return {
        ...{ files: hashed.length, lists: lists.length, missing: missing.length },
        ...{ controls: controls.length, head, manifest: sha256Of(manifest) },
      };
    },
  };

  async function* filesOf(): AsyncGenerator<AuditFile> {
    yield* reportFiles('01-cover', cover, format);
    for (const { files } of lists) yield* files;
    if (timestamp !== null)
      yield { path: timestampName, pieces: () => once(Buffer.from(timestamp.response)) };
    yield { path: verifyName, pieces: () => once(verifyText(facts)) };
    const text = manifestText(facts, hashed);
    manifest = text;
    yield { path: manifestName, pieces: () => once(text) };
  }
}

async function* once(content: string | Buffer): AsyncGenerator<string | Buffer> {
  yield content;
}
