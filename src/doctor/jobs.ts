import type { Config } from '../config/config.ts';
import { describeMissing, missingOf } from '../job/availability.ts';
import type { JobDefinition } from '../job/define-job.ts';
import { judgeHealth } from '../job/job-health.ts';
import type { JobOverview } from '../job/job-overview.ts';
import { anyRunOf, type JobsSnapshot } from '../job/jobs-snapshot.ts';
import { onStoredSchedule, resolveJob } from '../job/resolved-job.ts';
import { describeRunners } from '../scheduler/describe-runners.ts';
import { isScheduled } from '../scheduler/is-scheduled.ts';
import { describeRunnerDifferences } from '../scheduler/runner-differences.ts';
import type { Runner } from '../scheduler/runners.ts';
import { type CheckedSubject, type Finding, note, problem, warning } from './finding.ts';

export interface JobFacts {
  readonly jobs: readonly JobDefinition[];
  readonly config: Config;
  readonly zone: string;
  readonly snapshot: JobsSnapshot;
  readonly overviews: readonly JobOverview[];
  readonly runners: readonly Runner[];
  readonly now: Date;
}

/** Pure: each job as `list` judges it, and who runs the schedules. */
export function judgeJobs(facts: JobFacts): readonly CheckedSubject[] {
  const enabled = facts.jobs.filter(({ name }) => facts.snapshot.states.get(name)?.enabled === true);
  return [
    { subject: 'schedules', findings: ofSchedules(facts, enabled.length) },
    ...facts.jobs.map((job) => ({ subject: job.name, findings: ofJob(facts, job) })),
  ];
}

function ofSchedules({ runners, config }: JobFacts, enabled: number): readonly Finding[] {
  const { words, problem: lost } = describeRunners(runners);
  const next = 'Start `opsdeck-jobs daemon`, or set up crontab with `opsdeck-jobs generate crontab`.';
  return [
    ...(lost ? [problem(`The schedules: ${words}.`, next)] : []),
    ...(!lost && runners.length === 0 && enabled > 0 && config.schedules === 'own'
      ? [problem('Nothing runs the schedules.', next)]
      : []),
    ...(enabled === 0
      ? [
          note(
            'No job is enabled.',
            'Run `opsdeck-jobs enable JOB` for each job that is to run; `opsdeck-jobs list` names them.',
          ),
        ]
      : []),
    ...describeRunnerDifferences(runners).map((text) =>
      warning(
        `${text}.`,
        'Give all hosts the same configuration, and restart `opsdeck-jobs daemon` on each.',
      ),
    ),
  ];
}

function ofJob(facts: JobFacts, definition: JobDefinition): readonly Finding[] {
  const { snapshot, config, zone, overviews, runners, now } = facts;
  const { name } = definition;
  const missing = describeMissing(missingOf(definition, snapshot.present));
  const state = snapshot.states.get(name);
  const overview = overviews.find(({ job }) => job === name);
  if (state === undefined || overview === undefined) {
    return missing === null ? [] : [warning(`This OpsDeck cannot run it: ${missing}.`, 'Update OpsDeck.')];
  }
  if (missing !== null) {
    const found = state.enabled ? problem : note;
    return [
      found(
        `This OpsDeck cannot run it: ${missing}.`,
        `Update OpsDeck, or run \`opsdeck-jobs disable ${name}\`.`,
      ),
    ];
  }
  const resolved = onStoredSchedule(resolveJob(definition, config, zone), state);
  const hasScheduler = config.schedules === 'external' || isScheduled(runners, resolved, now);
  const health = judgeHealth(
    { resolved, state, running: anyRunOf(snapshot, name), overview, missing, hasScheduler },
    now,
  );
  if (!health.problem || health.state === 'no_scheduler') return [];
  const fix =
    overview.failuresInARow > 0
      ? `Run \`opsdeck-jobs runs list --job ${name}\`.`
      : 'Start `opsdeck-jobs daemon`, or read its log if it runs.';
  return [problem(`It is ${health.words}.`, fix)];
}
