import { lazy, noun } from '../../../src/cli/commands/command-context.ts';
import { holdAdd, holdList, holdRelease } from './legal-hold.ts';
import { reportRetention } from './report-retention.ts';
import { retentionAccept } from './retention-accept.ts';
import { retentionList } from './retention-list.ts';
import { retentionRestore } from './retention-restore.ts';
import { verifyArchives } from './verify-archives.ts';

const legalHold = noun(
  'legal-hold',
  'Protect rows from retention',
  [
    lazy(holdAdd, async () => (await import('./legal-hold.action.ts')).addLegalHold),
    lazy(holdList, async () => (await import('./legal-hold.action.ts')).listLegalHolds),
    lazy(holdRelease, async () => (await import('./legal-hold.action.ts')).releaseLegalHold),
  ],
  'retention legal-hold list',
);

export const retention = noun(
  'retention',
  'List retention policies, accept in advance what they take, protect rows with legal holds, restore archived rows',
  [
    lazy(retentionList, async () => (await import('./retention-list.action.ts')).listPolicies),
    lazy(retentionAccept, async () => (await import('./retention-accept.action.ts')).acceptPolicy),
    legalHold,
    lazy(retentionRestore, async () => (await import('./retention-restore.action.ts')).restoreArchives),
  ],
  'retention list',
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
