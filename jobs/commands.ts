/*
 * The commands of the jobs: declarations only, so that `--help` stays quick. Nouns that belong to several jobs are put together
 * here.
 */
import { lazy, noun, withDefault } from '../src/cli/commands/command-context.ts';
import { declareRecords } from '../src/cli/commands/records-noun.ts';
import { auditFileReport, auditFileVerification } from './audit-file/commands/index.ts';
import { changesReport } from './changes/commands/index.ts';
import {
  controlReport,
  controlsReport,
  driftImports,
  driftReport,
  driftVerification,
  soaReport,
} from './compliance-drift/commands/index.ts';
import { archiveVerification, retentionReport } from './data-retention/commands/index.ts';
import { expiryImports, expiryReport } from './expiry/commands/index.ts';
import { overviewReport } from './summaries/commands/index.ts';
import { leaversReport, reviewReport, uarImports } from './uar/commands/index.ts';
import { verifyRecord } from './verify/commands/verify-record.ts';

export { controls } from './compliance-drift/commands/index.ts';
export { retention } from './data-retention/commands/index.ts';
export { demo } from './demo/commands/index.ts';
export { rates } from './exchange-rates/commands/index.ts';
export { expiry } from './expiry/commands/index.ts';
export { uar } from './uar/commands/index.ts';

export const report = noun(
  'report',
  'Report what the jobs found, and what changed in the monitoring',
  [
    driftReport,
    controlReport,
    controlsReport,
    soaReport,
    expiryReport,
    retentionReport,
    reviewReport,
    leaversReport,
    changesReport,
    auditFileReport,
    overviewReport,
  ],
  'report drift --days 30',
  'report expiry --days 90',
);

export const verify = withDefault(
  noun(
    'verify',
    'Check that what was recorded is unchanged',
    [driftVerification, archiveVerification, auditFileVerification],
    'verify',
    'verify --head HASH',
    'verify drift',
  ),
  lazy(verifyRecord, async () => (await import('./verify/commands/verify-record.action.ts')).verifyAll),
);

export const records = declareRecords(async () => (await import('./records.ts')).recordKinds);

export const imports = noun(
  'import',
  'Import controls, rules, evidence, people, subscriptions, licences, credentials and certificates from files',
  [...driftImports, ...uarImports, ...expiryImports],
  'import oscal catalog.json',
  'import rules rules.csv --dry-run',
);
