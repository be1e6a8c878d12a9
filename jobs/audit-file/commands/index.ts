import { lazy } from '../../../src/cli/commands/command-context.ts';
import { reportAuditFile } from './report-audit-file.ts';
import { verifyAuditFile } from './verify-audit-file.ts';

export const auditFileReport = lazy(
  reportAuditFile,
  async () => (await import('./report-audit-file.action.ts')).reportAuditFile,
);

export const auditFileVerification = lazy(
  verifyAuditFile,
  async () => (await import('./verify-audit-file.action.ts')).verifyAuditFile,
);
