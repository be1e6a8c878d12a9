import type { ResolvedJob } from '../job/resolved-job.ts';
import { type Calendar, calendarsOf } from './calendar.ts';
import { cronExpressions } from './cron-expressions.ts';
import type { Installation } from './installation.ts';
import { changeDays, inZone, leftOutAtChanges } from './zones.ts';

/**
 * A crontab for a host in `hostZone`. cron of Debian reads every line in the zone of its host: a job of another zone has a line
 * for each time that its own may be there, and the program drops what is not due.
 *
 * @param now the rules of the zones are looked at for two years from then on.
 */
export function crontab(
  jobs: readonly ResolvedJob[],
  installation: Installation,
  hostZone: string,
  now: Date,
): string {
  const { environment, credentials } = installation;
  const heading = [
    `# The jobs of opsdeck-jobs for cron, on a host whose zone is ${hostZone}.`,
    '# --scheduled drops what is not due, so a line may fire more often than its job.',
    '# A retry waits for the next line of its job.',
    ...(changeDays(hostZone, now).length === 0
      ? []
      : [
          `# The clock of ${hostZone} changes. On those days cron may start a job up to an hour late, or leave out`,
          '# the second of two equal hours; a later line makes up for it. A host in UTC has no such days.',
        ]),
  ];
  const variables = [
    ...environment.map(({ name, value }) => `${name}=${quoteVariable(value)}`),
    ...credentials.flatMap(({ name, file, isNew }) => [
      ...(isNew ? [`# Write the value of ${name} to this file, for the user of the crontab alone.`] : []),
      `${name}_FILE=${quoteVariable(file)}`,
    ]),
  ];
  return `${[...heading, ...variables, ...jobs.flatMap((job) => lines(job, installation, hostZone, now))].join('\n')}\n`;
}

function lines(job: ResolvedJob, { command }: Installation, hostZone: string, now: Date): readonly string[] {
  const { schedule, timezone, definition } = job;
  const started = [...command, 'run-job', definition.name, '--scheduled'].map(quoteWord).join(' ');
  const calendars = cronCalendars(job, hostZone, now);
  return [
    '',
    `# ${definition.name}: ${schedule.text}${schedule.kind === 'cron' ? `, ${timezone}` : ''}`,
    ...calendars.flatMap(cronExpressions).map((expression) => `${expression} ${started}`),
  ];
}

/** Those of the host that together fire at each instant of the job's schedule. */
function cronCalendars(
  { schedule, timezone }: ResolvedJob,
  hostZone: string,
  now: Date,
): readonly Calendar[] {
  const calendars = inZone(calendarsOf(schedule, timezone), hostZone, now);
  const leftOut = leftOutAtChanges(schedule, timezone, calendars, now);
  return leftOut === null ? calendars : [...calendars, ...inZone([leftOut], hostZone, now)];
}

/** For sh, in a crontab: there `%` ends the command. */
function quoteWord(word: string): string {
  const quoted = /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
  return quoted.replaceAll('%', '\\%');
}

/** cron takes off one pair of quotes, and reads nothing else of a value. */
function quoteVariable(value: string): string {
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}
