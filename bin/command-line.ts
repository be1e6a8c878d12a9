/*
 * Puts the program together: the core's commands and those of the jobs, on the program's own jobs. Jobs know the core, the core
 * knows no job.
 */
import * as jobs from '../jobs/commands.ts';
import type { CommandGroups } from '../src/cli/commands/command-context.ts';
import * as core from '../src/cli/commands/index.ts';
import { commandLine } from '../src/cli/run-command-line.ts';

/** By what people are here for: run, decide, report, bring in, set up. */
export const groups: CommandGroups = [
  [
    'Jobs:',
    [
      core.runJob,
      core.preview,
      core.list,
      core.runs,
      core.daemon,
      core.enable,
      core.disable,
      core.pause,
      core.resume,
    ],
  ],
  ['Attention:', [core.status]],
  [
    'Domains:',
    [
      jobs.controls,
      jobs.expiry,
      jobs.uar,
      jobs.rates,
      jobs.retention,
      core.messages,
      core.destinations,
      core.notifications,
    ],
  ],
  ['Documents:', [jobs.report, jobs.verify, core.decisions]],
  ['Data:', [jobs.imports, jobs.records, core.people]],
  [
    'Set-up:',
    [
      core.setup,
      jobs.demo,
      core.migrate,
      core.doctor,
      core.config,
      core.generate,
      core.backup,
      core.restore,
      core.metrics,
      core.uninstall,
    ],
  ],
];

/**
 * What the process that holds an embedded database runs for other terminals, by the first word of the command. What is not here is
 * not run: what holds the database for long itself, or must have it alone, or needs none.
 */
export const served: ReadonlySet<string> = new Set([
  'backup',
  'decisions',
  'controls',
  'destinations',
  'disable',
  'doctor',
  'enable',
  'expiry',
  'import',
  'list',
  'messages',
  'metrics',
  'notifications',
  'pause',
  'people',
  'preview',
  'rates',
  'records',
  'report',
  'resume',
  'retention',
  'run-job',
  'runs',
  'status',
  'uar',
  'uninstall',
  'verify',
]);

export const runCommandLine = commandLine({
  groups,
  served,
  loadJobs: async () => (await import('../jobs/index.ts')).jobs,
  loadPlaces: async () => (await import('./places.ts')).places,
});
