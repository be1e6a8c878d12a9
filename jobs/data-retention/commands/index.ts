import { lazy, noun } from '../../../src/cli/commands/command-context.ts';
import { reportRetention } from './report-retention.ts';
import { holdAdd, holdList, holdRelease } from './retention-hold.ts';
import { retentionRestore } from './retention-restore.ts';
import { verifyArchives } from './verify-archives.ts';

const hold = noun(
  'hold',
  'rows that no policy touches',
  [
    lazy(holdAdd, async () => (await import('./retention-hold.action.ts')).addRetentionHold),
    lazy(holdList, async () => (await import('./retention-hold.action.ts')).listRetentionHolds),
    lazy(holdRelease, async () => (await import('./retention-hold.action.ts')).releaseRetentionHold),
  ],
  'retention hold list',
);

export const retention = noun(
  'retention',
  'holds on rows, and archives that are put back',
  [hold, lazy(retentionRestore, async () => (await import('./retention-restore.action.ts')).restoreArchives)],
  'retention hold list',
  'retention restore 17 --dry-run',
);

export const retentionReport = lazy(
  reportRetention,
  async () => (await import('./report-retention.action.ts')).reportRetention,
);

export const archiveVerification = lazy(
  verifyArchives,
  async () => (await import('./verify-archives.action.ts')).verifyArchiveFiles,
);
