import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import type { OperatorError } from '../errors/operator-error.ts';
import { usage } from '../errors/usage.ts';
import type { ResolvedJob } from '../job/resolved-job.ts';
import { nextAfter } from '../schedule/schedule.ts';
import { calendarsOf, isExact } from './calendar.ts';
import { cronExpressions } from './cron-expressions.ts';
import { changeDays } from './zones.ts';

/** What the containers are made from. Nothing of it is a secret. */
export interface ContainerSettings {
  readonly image: string;
  readonly namespace: string | undefined;
  /** Variables of the environment that are no secrets. */
  readonly environment: ReadonlyArray<{ readonly name: string; readonly value: string }>;
  /** Names of variables that the Secret has a key for. */
  readonly secrets: readonly string[];
  /** On this machine; undefined: there is none. */
  readonly configFile: string | undefined;
}

/** What one Secret, one ConfigMap and every object of ours are called. */
const app = 'opsdeck-jobs';
const secretFolder = '/run/secrets/opsdeck-jobs';
const configFolder = '/etc/opsdeck-jobs';
/** As the image has it. */
const userId = 10_001;
const healthPort = 9464;

/** Beyond a job's own limit and jitter: for a slow start, and for ending a run that is over the limit. */
const roomSeconds = 600;
const stopRoomSeconds = 30;
/** Kubernetes gives up a CronJob for good that missed more than a hundred starts within its deadline. */
const mostMissed = 90;
const daySeconds = 86_400;
const nameLength = 52;

/**
 * A CronJob for each line that a job's schedule needs. Kubernetes reads a schedule in its `timeZone`, starts nothing at a time
 * that a short day does not have, and starts twice at a time that a long day has twice: the program drops what is not due.
 *
 * @param now the rules of the zones, and how often a job fires, are looked at from then on.
 * @throws OperatorError `schedule_not_possible` (exit 2) for a schedule that no CronJob has.
 */
export function cronJobs(
  jobs: readonly ResolvedJob[],
  settings: ContainerSettings,
  graceMs: number,
  now: Date,
): string {
  const documents = jobs.flatMap((job) => cronJobsOf(job, settings, graceMs, now));
  return [heading(settings, 'The jobs of opsdeck-jobs as CronJobs.'), ...documents].join('---\n');
}

/** Two daemons, which run every job and stand in for each other. */
export function daemonDeployment(settings: ContainerSettings, graceMs: number): string {
  const listen = `127.0.0.1:${healthPort}`;
  const probe = (page: 'health' | 'ready') => ({
    exec: { command: ['opsdeck-jobs', 'daemon', '--probe', page, '--listen', listen] },
    periodSeconds: 30,
    timeoutSeconds: 15,
  });
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(app, settings),
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: podSpec(
          settings,
          ['daemon', '--listen', listen],
          { startupProbe: { ...probe('ready'), failureThreshold: 20 }, livenessProbe: probe('health') },
          graceMs,
        ),
      },
    },
  };
  return [
    heading(settings, 'Daemons of opsdeck-jobs: each scheduled run happens once, on one of them.'),
    document(deployment),
  ].join('---\n');
}

const labels = { 'app.kubernetes.io/name': app };

function cronJobsOf(
  job: ResolvedJob,
  settings: ContainerSettings,
  graceMs: number,
  now: Date,
): readonly string[] {
  const { definition, schedule, timezone } = job;
  if (!isExact(schedule)) throw notPossible(job);
  const lines = calendarsOf(schedule, timezone).flatMap((calendar) =>
    cronExpressions(calendar).map((expression) => ({ expression, zone: calendar.zone })),
  );
  const changes = schedule.kind === 'cron' && changeDays(timezone, now).length > 0;
  return lines.map(({ expression, zone }, index) => {
    const comment = [
      `# ${definition.name}: ${schedule.text}${schedule.kind === 'cron' ? `, ${timezone}` : ''}`,
      ...(changes
        ? [
            `# Kubernetes starts nothing at a time that a day of ${timezone} does not have (the clock goes forward):`,
            '# the next start runs what was due. Of two equal times the second does nothing, unless it is due.',
          ]
        : []),
    ];
    const cronJob = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: metadata(nameOf(definition.name, index), settings),
      spec: {
        schedule: expression,
        timeZone: zone,
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: deadlineSeconds(job, now),
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          spec: {
            backoffLimit: 0,
            activeDeadlineSeconds: seconds(job.timeoutMs + job.jitterMs) + roomSeconds,
            template: {
              metadata: {
                labels: { ...labels, 'app.kubernetes.io/component': definition.name.slice(0, 63) },
              },
              spec: {
                restartPolicy: 'Never',
                ...podSpec(settings, ['run-job', definition.name, '--scheduled'], {}, graceMs),
              },
            },
          },
        },
      },
    };
    return `${comment.join('\n')}\n${document(cronJob)}`;
  });
}

function podSpec(
  { image, environment, secrets, configFile }: ContainerSettings,
  args: readonly string[],
  probes: object,
  graceMs: number,
): object {
  const config = configFile === undefined ? [] : ['--config', `${configFolder}/opsdeck-jobs.json`];
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: seconds(graceMs) + stopRoomSeconds,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: userId,
      runAsGroup: userId,
      fsGroup: userId,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: app,
        image,
        args: [...config, ...args],
        env: [
          ...environment,
          ...secrets.map((name) => ({ name: `${name}_FILE`, value: `${secretFolder}/${name}` })),
        ],
        ...probes,
        resources: { requests: { cpu: '50m', memory: '192Mi' }, limits: { memory: '512Mi' } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [
          { name: 'tmp', mountPath: '/tmp' },
          ...(secrets.length > 0 ? [{ name: 'secrets', mountPath: secretFolder, readOnly: true }] : []),
          ...(configFile === undefined ? [] : [{ name: 'config', mountPath: configFolder, readOnly: true }]),
        ],
      },
    ],
    volumes: [
      { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
      // Read by the group: the files belong to root, the program does not run as root.
      ...(secrets.length > 0 ? [{ name: 'secrets', secret: { secretName: app, defaultMode: 0o440 } }] : []),
      ...(configFile === undefined ? [] : [{ name: 'config', configMap: { name: app } }]),
    ],
  };
}

function heading({ namespace, secrets, configFile }: ContainerSettings, title: string): string {
  const kubectl = namespace === undefined ? 'kubectl' : `kubectl -n ${namespace}`;
  return [
    `# ${title}`,
    '# It holds no secret, and needs these before it is applied:',
    ...(secrets.length > 0
      ? [
          `#   ${kubectl} create secret generic ${app} ${secrets.map((name) => `--from-file=${name}=FILE`).join(' ')}`,
        ]
      : []),
    ...(configFile === undefined
      ? []
      : [
          `#   ${kubectl} create configmap ${app} --from-file=opsdeck-jobs.json=${configFile}`,
          '# Files that the configuration names (…_file, jobs_dirs) must be mounted, too.',
        ]),
    '# Run `opsdeck-jobs migrate` once with each new version of the image.',
    '',
  ].join('\n');
}

function metadata(name: string, { namespace }: ContainerSettings): object {
  return { name, ...(namespace === undefined ? {} : { namespace }), labels };
}

/** A name of a CronJob has at most 52 characters: Kubernetes appends the time of each start. */
function nameOf(job: string, index: number): string {
  const name = index === 0 ? `${app}-${job}` : `${app}-${job}-${index + 1}`;
  if (name.length <= nameLength) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, nameLength - 9).replace(/-+$/, '')}-${hash}`;
}

/** How late a start may be. A job that skips what was missed records so itself: it is started all the same. */
function deadlineSeconds({ schedule, timezone }: ResolvedJob, now: Date): number {
  let shortest = daySeconds;
  let at = nextAfter(schedule, timezone, now);
  for (let count = 0; at !== null && count < mostMissed; count += 1) {
    const next = nextAfter(schedule, timezone, at);
    if (next === null) break;
    shortest = Math.min(shortest, seconds(next.getTime() - at.getTime()));
    at = next;
  }
  return Math.min(daySeconds, shortest * mostMissed);
}

function notPossible({ definition, schedule }: ResolvedJob): OperatorError {
  return usage(
    `The schedule of ${definition.name}, '${schedule.text}', cannot be the schedule of a CronJob.`,
    `Generate daemons instead (generate kubernetes --daemon), or give jobs.${definition.name}.schedule times of days.`,
    'schedule_not_possible',
  );
}

function document(value: object): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000);
}
