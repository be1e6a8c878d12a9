import { lazy } from '../../../src/cli/commands/command-context.ts';
import { reportChanges } from './report-changes.ts';

export const changesReport = lazy(
  reportChanges,
  async () => (await import('./report-changes.action.ts')).reportChanges,
);
