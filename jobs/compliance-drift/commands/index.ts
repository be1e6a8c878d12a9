import { lazy, noun } from '../../../src/cli/commands/command-context.ts';
import { importCsv } from '../../../src/cli/commands/import-csv.ts';
import { controlsAccept } from './controls-accept.ts';
import { controlsAction, controlsActionDone } from './controls-action.ts';
import { controlsAttest } from './controls-attest.ts';
import { controlsForecast } from './controls-forecast.ts';
import { controlsList } from './controls-list.ts';
import { controlsShow } from './controls-show.ts';
import { importOscal } from './import-oscal.ts';
import { reportControl } from './report-control.ts';
import { reportControls } from './report-controls.ts';
import { reportDrift } from './report-drift.ts';
import { reportSoa } from './report-soa.ts';
import { verifyDrift } from './verify-drift.ts';

export const driftReport = lazy(
  reportDrift,
  async () => (await import('./report-drift.action.ts')).reportDrift,
);

export const controlReport = lazy(
  reportControl,
  async () => (await import('./report-control.action.ts')).reportControl,
);

export const controlsReport = lazy(
  reportControls,
  async () => (await import('./controls-list.action.ts')).listControls,
);

export const soaReport = lazy(reportSoa, async () => (await import('./report-soa.action.ts')).reportSoa);

export const driftVerification = lazy(
  verifyDrift,
  async () => (await import('./verify-drift.action.ts')).verifyDrift,
);

export const controls = noun(
  'controls',
  'Report which controls fail now, why and what is done about them',
  [
    lazy(controlsList, async () => (await import('./controls-list.action.ts')).listControls),
    lazy(controlsShow, async () => (await import('./controls-show.action.ts')).showControl),
    lazy(controlsForecast, async () => (await import('./controls-forecast.action.ts')).forecastControls),
    lazy(controlsAttest, async () => (await import('./controls-decide.action.ts')).attest),
    lazy(controlsAction, async () => (await import('./controls-decide.action.ts')).act),
    lazy(controlsActionDone, async () => (await import('./controls-decide.action.ts')).endControlAction),
    lazy(controlsAccept, async () => (await import('./controls-decide.action.ts')).accept),
  ],
  'controls list --failing',
  'controls show AC-2',
  'controls forecast --days 90',
);

/** What the frameworks, their controls and their rules are read from, and the evidence. */
export const driftImports = [
  lazy(importOscal, async () => (await import('./import-oscal.action.ts')).importOscal),
  importCsv({
    name: 'rules',
    description: 'Import rules that judge controls by evidence',
    framework: true,
    example: 'import rules rules.csv --framework "NIST 800-53" --dry-run',
    load: async () => (await import('../import/rules.ts')).rules,
  }),
  importCsv({
    name: 'activities',
    description: 'Import security activities and their executions, the evidence of rules',
    framework: false,
    example: 'import activities activities.csv',
    load: async () => (await import('../import/activities.ts')).activities,
  }),
  importCsv({
    name: 'evidence',
    description: 'Import campaigns, maintenance, tests and assessments, the evidence of rules',
    framework: false,
    example: 'import evidence evidence.csv --dry-run',
    load: async () => (await import('../import/evidence.ts')).evidence,
  }),
  importCsv({
    name: 'links',
    description: 'Import links from controls to what fulfils them',
    framework: true,
    example: 'import links links.csv --framework "NIST 800-53"',
    load: async () => (await import('../import/links.ts')).links,
  }),
];
