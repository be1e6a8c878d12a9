import { lazy } from '../../../src/cli/commands/command-context.ts';
import { reportOverview } from './report-overview.ts';

export const overviewReport = lazy(
  reportOverview,
  async () => (await import('./report-overview.action.ts')).reportOverview,
);
