import type { ResolvedJob } from '../job/resolved-job.ts';
import { nextAfter } from '../schedule/schedule.ts';
import type { Installation } from './installation.ts';
import { timerLines } from './systemd-calendar.ts';

/** A file of units, whole. */
export interface UnitFile {
  readonly name: string;
  readonly text: string;
}

/** Beyond a job's own limit and jitter: for the database, and for ending a run that is over the limit. */
const roomMs = 10 * 60_000;
const stopRoomMs = 30_000;

/** What the program does not need. Node.js makes code at run time, so memory stays writable and executable. */
const userHardening = [
  'UMask=0077',
  'NoNewPrivileges=yes',
  'LockPersonality=yes',
  'RestrictRealtime=yes',
  'SystemCallArchitectures=native',
];
const systemHardening = [
  ...userHardening,
  'CapabilityBoundingSet=',
  'PrivateDevices=yes',
  'PrivateTmp=yes',
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHome=read-only',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'ProtectSystem=full',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'RestrictNamespaces=yes',
  'RestrictSUIDSGID=yes',
];

/** A service and a timer for each job. `now`: the rules of the zones are looked at for two years from then on. */
export function jobUnits(
  jobs: readonly ResolvedJob[],
  installation: Installation,
  user: boolean,
  now: Date,
): readonly UnitFile[] {
  return jobs.flatMap((job) => {
    const { definition, timeoutMs, jitterMs, misfire } = job;
    const name = `opsdeck-jobs-${definition.name}`;
    const service = [
      ...unitPart(`opsdeck-jobs: ${definition.name}`, user),
      '[Service]',
      'Type=oneshot',
      ...startPart(installation, user, ['run-job', definition.name, '--scheduled']),
      '# Not run, or something found: no failure of the service.',
      'SuccessExitStatus=3 4',
      `TimeoutStartSec=${seconds(timeoutMs + jitterMs + roomMs)}`,
      ...retryPart(job, now),
      ...sandbox(installation, user),
    ];
    const timer = [
      '[Unit]',
      `Description=opsdeck-jobs: times of ${definition.name}`,
      '[Timer]',
      ...timerLines(job, now),
      `Persistent=${misfire === 'latest' ? 'true' : 'false'}`,
      'AccuracySec=1s',
      '[Install]',
      'WantedBy=timers.target',
    ];
    return [file(`${name}.service`, service), file(`${name}.timer`, timer)];
  });
}

/** A service that waits for its restart is not started by its timer: a job that is soon due again has no need of one. */
function retryPart({ schedule, timezone, retries }: ResolvedJob, now: Date): readonly string[] {
  const next = nextAfter(schedule, timezone, now);
  const following = next === null ? null : nextAfter(schedule, timezone, next);
  const waitMs = retries.waitMs + stopRoomMs;
  const isSoonDue = next !== null && following !== null && following.getTime() - next.getTime() <= waitMs;
  if (retries.count === 0 || isSoonDue) return [];
  return [
    '# Another side was away (exit 6): the next start is the retry. Other failures wait for the timer.',
    'Restart=on-failure',
    'RestartPreventExitStatus=1 2 5 130 143',
    `RestartSec=${seconds(waitMs)}`,
  ];
}

/** The unit of a daemon, which runs every job. */
export function daemonUnit(installation: Installation, user: boolean, graceMs: number): UnitFile {
  return file('opsdeck-jobs.service', [
    ...unitPart('opsdeck-jobs: the daemon', user),
    '[Service]',
    'Type=notify',
    '# systemd-notify, a child process, sends the messages to systemd.',
    'NotifyAccess=all',
    'WatchdogSec=120',
    ...startPart(installation, user, ['daemon']),
    'ExecReload=/bin/kill -HUP $MAINPID',
    'SuccessExitStatus=143',
    'Restart=on-failure',
    'RestartSec=5',
    `TimeoutStopSec=${seconds(graceMs + stopRoomMs)}`,
    ...sandbox(installation, user),
    '[Install]',
    `WantedBy=${user ? 'default.target' : 'multi-user.target'}`,
  ]);
}

function unitPart(description: string, user: boolean): readonly string[] {
  const network = ['Wants=network-online.target', 'After=network-online.target'];
  return ['[Unit]', `Description=${description}`, ...(user ? [] : network)];
}

function startPart(
  { command, environment, credentials }: Installation,
  user: boolean,
  args: readonly string[],
): readonly string[] {
  return [
    ...(user ? [] : ['User=opsdeck-jobs']),
    ...environment.map(({ name, value }) => `Environment=${quote(`${name}=${value}`)}`),
    ...credentials.flatMap(({ name, file: path, isNew }) => [
      ...(isNew ? [`# Write the value of ${name} to this file, mode 0600.`] : []),
      `LoadCredential=${name}:${path.replaceAll('%', '%%')}`,
      `Environment=${name}_FILE=%d/${name}`,
    ]),
    `ExecStart=${[...command, ...args].map((word) => quote(word.replaceAll('$', '$$$$'))).join(' ')}`,
  ];
}

function sandbox({ dataDir }: Installation, user: boolean): readonly string[] {
  if (user) return userHardening;
  const ownFolder = '/var/lib/opsdeck-jobs';
  const elsewhere = dataDir !== null && dataDir !== ownFolder && !dataDir.startsWith(`${ownFolder}/`);
  return [
    'StateDirectory=opsdeck-jobs',
    'StateDirectoryMode=0700',
    ...(elsewhere ? [`ReadWritePaths=${quote(`-${dataDir}`)}`] : []),
    ...systemHardening,
  ];
}

/** A word of a unit file, where `%` begins a specifier. */
function quote(word: string): string {
  const plain = word.replaceAll('%', '%%');
  return /^[\w./:=@%+$-]+$/.test(plain)
    ? plain
    : `"${plain.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function seconds(milliseconds: number): string {
  return `${Math.ceil(milliseconds / 1000)}`;
}

function file(name: string, lines: readonly string[]): UnitFile {
  return { name, text: `${lines.join('\n').replaceAll(/\n(?=\[)/g, '\n\n')}\n` };
}
