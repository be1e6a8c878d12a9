import { ExitCode } from '../../errors/exit-code.ts';
import type { HealthState } from '../../job/job-health.ts';
import type { Cell, NarrowTable, ReportBlock, Tone } from '../../job/report.ts';
import { channelDocument, isBlocked } from '../../notify/outbox/channel-states.ts';
import { putOffDocument, putOffWords } from '../../notify/outbox/put-off.ts';
import { describeInItsZone, describeSchedule } from '../../schedule/describe-schedule.ts';
import { describeRunners } from '../../scheduler/describe-runners.ts';
import { describeRunnerDifferences } from '../../scheduler/runner-differences.ts';
import { type JobList, type ListedJob, listJobs } from '../../status/list-jobs.ts';
import { formatDuration } from '../../time/duration.ts';
import { relativeTime, shortWallClock, wallClock } from '../../time/human-time.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import { printReport } from '../runs/print-report.ts';
import { readCount } from '../runs/read-count.ts';
import { stopDocument, stopWords } from '../runs/sending-words.ts';
import { type Session, withSession } from '../session.ts';

/** As typed. */
export interface ListOptions {
  readonly check?: boolean;
  readonly next?: string;
  readonly json?: boolean;
}

/** `list`: every job, how it is and when it runs. `--check`: only problems, exit 4 when there is one. */
export async function list(io: Io, globals: GlobalOptions, options: ListOptions): Promise<ExitCode> {
  const count = options.next === undefined ? 1 : readCount(options.next, '--next', 100);
  return withSession(io, globals, { quiet: true }, async (session) => {
    const all = await listJobs(session, count);
    const problems = all.jobs.filter(({ health }) => health.problem);
    const check = options.check === true;
    const shown: JobList = check ? { ...all, jobs: problems } : all;
    // Of no job: messages, channels, runners.
    const elsewhere =
      session.brokenJobs.length > 0 ||
      all.watched.held + all.watched.unknown + all.watched.putOff.count > 0 ||
      all.channels.some(isBlocked) ||
      describeRunners(all.runners).problem ||
      describeRunnerDifferences(all.runners).length > 0;
    if (options.json === true) writeJson(io, document(session, shown));
    else printReport(io, report(session, shown, { check, withNext: options.next !== undefined, elsewhere }));
    return check && (elsewhere || problems.length > 0) ? ExitCode.found : ExitCode.ok;
  });
}

function report(
  session: Session,
  shown: JobList,
  {
    check,
    withNext,
    elsewhere,
  }: { readonly check: boolean; readonly withNext: boolean; readonly elsewhere: boolean },
): readonly ReportBlock[] {
  const header: ReportBlock[] = [
    { kind: 'line', text: `Database: ${session.database.label} (${session.database.mode})` },
    {
      kind: 'line',
      text: `Zone: ${session.zones.business}, now ${wallClock(shown.now, session.zones.business)}`,
    },
    runnersLine(shown),
    ...describeRunnerDifferences(shown.runners).map(
      (text): ReportBlock => ({ kind: 'line', text: `Configuration: ${text}`, tone: 'bad' }),
    ),
    ...watchedLines(shown, session.zones.business),
    ...channelLines(shown, session.zones.business),
    ...sendingLine(shown, session.zones.business),
    ...session.brokenJobs.map(
      ({ file, reason }): ReportBlock => ({
        kind: 'line',
        text: `Not loaded: ${file}: ${reason}`,
        tone: 'bad',
      }),
    ),
  ];
  if (shown.jobs.length === 0) {
    if (session.brokenJobs.length > 0) return header;
    return [
      ...header,
      {
        kind: 'line',
        text: check
          ? elsewhere
            ? 'No job has a problem; the lines above show one elsewhere.'
            : 'No problem with any job.'
          : 'There are no jobs.',
      },
    ];
  }
  const table: ReportBlock = {
    kind: 'table',
    columns: ['Job', 'State', 'Schedule', 'Next', 'Last success', 'Last run'],
    rows: shown.jobs.map((job) => row(job, shown.now, session.zones.business)),
    narrow: {
      columns: ['Job', 'State', 'Schedule', 'Next'],
      rows: shown.jobs.map((job) => narrowRow(job, shown.now, session.zones.business)),
    },
  };
  const next = withNext ? shown.jobs.flatMap((job) => nextBlocks(job, shown.now)) : [];
  return [...header, table, ...next];
}

function runnersLine({ runners }: JobList): ReportBlock {
  const { words, problem } = describeRunners(runners);
  const text = `Schedules: ${words}`;
  if (problem) return { kind: 'line', text, tone: 'bad' };
  return runners.length === 0 ? { kind: 'line', text, tone: 'warning' } : { kind: 'line', text };
}

/** Messages that nobody but an operator can decide about, and those that are put off for long: a problem until then. */
function watchedLines({ watched: { held, unknown, putOff } }: JobList, zone: string): readonly ReportBlock[] {
  const parts = [
    ...(held > 0 ? [`${held} on hold because they are old (\`messages list --state held\`)`] : []),
    ...(unknown > 0 ? [`${unknown} may or may not have arrived (\`messages list --state unknown\`)`] : []),
  ];
  const since = putOff.since === null ? '' : `, since ${wallClock(putOff.since, zone)}`;
  return [
    ...(parts.length > 0 ? [`Messages: ${parts.join(', ')}`] : []),
    ...(putOff.count > 0 ? [`Messages: ${putOffWords(putOff)}${since}`] : []),
  ].map((text): ReportBlock => ({ kind: 'line', text, tone: 'warning' }));
}

/** What keeps a channel from sending, and what waits for it. */
function channelLines({ channels }: JobList, zone: string): readonly ReportBlock[] {
  return channels
    .filter(({ state }) => state === 'failing')
    .map(({ channel, since, reason, waiting, oldest }): ReportBlock => {
      const from = since === null ? '' : ` since ${wallClock(since, zone)}`;
      const due = oldest === null ? '' : `, the oldest due since ${wallClock(oldest, zone)}`;
      const text = `Channel: ${channel} does not send${from}: ${reason}; ${waiting} waiting${due}`;
      return { kind: 'line', text, tone: waiting > 0 ? 'bad' : 'warning' };
    });
}

/** A decision, and so no problem; but whoever waits for a message needs to know it. */
function sendingLine({ sendingStop }: JobList, zone: string): readonly ReportBlock[] {
  if (sendingStop === null) return [];
  return [{ kind: 'line', text: stopWords(sendingStop, zone), tone: 'warning' }];
}

const tones: Readonly<Record<HealthState, Tone>> = {
  ok: 'good',
  running: 'notice',
  failing: 'bad',
  paused: 'notice',
  disabled: 'notice',
  unavailable: 'bad',
  overdue: 'bad',
  clock_behind: 'bad',
  no_scheduler: 'bad',
};

/** `zone`: the one that the header names; only another one is worth the room. */
function row(job: ListedJob, now: Date, zone: string): readonly (string | Cell)[] {
  const { resolved, health, next } = job;
  const [first] = next;
  return [
    resolved.definition.name,
    { text: health.words, tone: tones[health.state] },
    scheduleWords(job, zone),
    first === undefined
      ? '-'
      : `${shortWallClock(first, resolved.timezone, now)} (${relativeTime(first, now)})`,
    lastSuccess(job, now),
    lastRun(job, now),
  ];
}

/** What a state may take of a line beside the name, the schedule and the next run. */
const shortState = 12;

function narrowRow(job: ListedJob, now: Date, zone: string): NarrowTable['rows'][number] {
  const { resolved, overview, health, next } = job;
  const [first] = next;
  const isLong = health.words.length > shortState;
  const run = overview.lastRun;
  const below = [
    ...(isLong ? [health.words] : []),
    run === null ? 'never ran' : lastRun(job, now),
    ...(run === null || run.status === 'succeeded' ? [] : [`last success: ${lastSuccess(job, now)}`]),
  ];
  return {
    cells: [
      resolved.definition.name,
      { text: isLong ? health.state.replace('_', ' ') : health.words, tone: tones[health.state] },
      scheduleWords(job, zone),
      first === undefined ? '-' : shortWallClock(first, resolved.timezone, now),
    ],
    below: below.join('; '),
  };
}

function scheduleWords({ resolved: { schedule, timezone } }: ListedJob, zone: string): string {
  return timezone === zone ? describeInItsZone(schedule) : describeSchedule(schedule, timezone);
}

function lastSuccess({ overview }: ListedJob, now: Date): string {
  return overview.lastSuccessAt === null ? 'never' : relativeTime(overview.lastSuccessAt, now);
}

function lastRun({ overview }: ListedJob, now: Date): string {
  const { lastRun: run } = overview;
  if (run === null) return 'never';
  const took = run.durationMs === null ? '' : ` in ${formatDuration(run.durationMs)}`;
  return `${run.status.replace('_', ' ')}${took}, ${run.trigger}, ${relativeTime(run.startedAt, now)}`;
}

function nextBlocks({ resolved, instants }: ListedJob, now: Date): readonly ReportBlock[] {
  return [
    { kind: 'heading', text: `Next of ${resolved.definition.name}` },
    ...(instants.length === 0 ? [{ kind: 'line' as const, text: 'none' }] : []),
    ...instants.map((instant) => ({
      kind: 'line' as const,
      text: `${wallClock(instant, resolved.timezone)} ${resolved.timezone} (${relativeTime(instant, now)})`,
    })),
  ];
}

function document(session: Session, shown: JobList): Readonly<Record<string, unknown>> {
  const { database, secrets, zones } = session;
  const { runners } = shown;
  const { words, problem } = describeRunners(runners);
  return {
    database: secrets.scrub(database.label),
    mode: database.mode,
    timezone: zones.business,
    scheduler: {
      words,
      problem,
      configuration_differences: describeRunnerDifferences(runners),
      runners: runners.map((runner) => ({
        kind: runner.kind,
        host: runner.host,
        pid: runner.pid,
        only_jobs: runner.onlyJobs,
        seen_ago_ms: Math.round(runner.seenAgoMs),
      })),
    },
    messages: {
      held: shown.watched.held,
      unknown: shown.watched.unknown,
      put_off: putOffDocument(shown.watched.putOff),
    },
    channels: shown.channels.map(channelDocument),
    sending_stopped: stopDocument(shown.sendingStop),
    broken_jobs: session.brokenJobs.map(({ file, reason }) => ({ file, reason })),
    jobs: shown.jobs.map(jobDocument),
  };
}

function jobDocument({ resolved, state, overview, health, missing, next }: ListedJob) {
  const { lastRun: run } = overview;
  return {
    job: resolved.definition.name,
    description: resolved.definition.description,
    state: health.state,
    problem: health.problem,
    enabled: state.enabled,
    paused:
      state.paused_at === null
        ? null
        : {
            since: state.paused_at.toISOString(),
            until: state.paused_until?.toISOString() ?? null,
            by: state.paused_by,
            reason: state.pause_reason,
          },
    missing,
    schedule: resolved.schedule.text,
    schedule_words: describeSchedule(resolved.schedule, resolved.timezone),
    timezone: resolved.timezone,
    last_scheduled_for: state.last_scheduled_for?.toISOString() ?? null,
    next: next.map((instant) => instant.toISOString()),
    last_success_at: overview.lastSuccessAt?.toISOString() ?? null,
    failures_in_a_row: overview.failuresInARow,
    last_run:
      run === null
        ? null
        : {
            run_id: run.id,
            status: run.status,
            trigger: run.trigger,
            started_at: run.startedAt.toISOString(),
            duration_ms: run.durationMs,
            error_code: run.errorCode,
          },
  };
}
