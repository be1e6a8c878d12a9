import { z } from 'zod';
import type { JobDefinition } from '../job/define-job.ts';
import { logLevels } from '../log/level.ts';
import { channels, definitionOf } from '../notify/channels/lookup.ts';
import { misfirePolicies } from '../schedule/misfire.ts';
import { channelSections } from './channel-settings.ts';
import { pagesSettings } from './pages-settings.ts';
import {
  baseUrl,
  databaseUrl,
  deliveryMode,
  duration,
  eventRecipient,
  jobsDirs,
  level,
  listenAddress,
  mailAddress,
  proxySetting,
  scheduleText,
  webhookUrl,
  zone,
} from './values.ts';

/** Any JSON object. */
export const jsonObject = z.record(z.string(), z.json());

/** A value that another schema reads from text, with the text kept. */
function checkedBy(schema: z.ZodType<unknown, string>) {
  return z.string().superRefine((value, context) => {
    for (const issue of schema.safeParse(value).error?.issues ?? []) {
      context.addIssue({ code: 'custom', message: issue.message });
    }
  });
}

const retriesSchema = z
  .strictObject({
    count: z.int().min(0).max(10).describe('Default: 2.'),
    wait: checkedBy(duration).describe('Default: 20m.'),
  })
  .partial()
  .describe(
    'How often, and after how long, a scheduled run begins again that failed because another side was away (exit 6); never beyond the next scheduled run.',
  );

function jobSchema(job: JobDefinition) {
  return z
    .strictObject({
      enabled: z
        .boolean()
        .describe(
          'Whether the schedule of a new job runs; later `enable` and `disable` decide. Default: false on a database of OpsDeck, else true.',
        ),
      schedule: scheduleText(job.name).describe(
        `Five-field cron, or 'every 5 minutes'. Default: ${job.schedule}`,
      ),
      timezone: zone.describe('IANA zone of the schedule. Default: the business zone.'),
      timeout: checkedBy(duration).describe(`A run is aborted after this time. Default: ${job.timeout}`),
      misfire: z
        .enum(misfirePolicies)
        .describe(
          `What happens to missed scheduled runs: one run for all of them (latest), or no run (skip). Default: ${job.misfire}`,
        ),
      max_late: checkedBy(duration).describe(
        'A scheduled run that is later than this is recorded as missed. Default: never with latest, 5m with skip.',
      ),
      jitter: checkedBy(duration).describe(
        'Each start is delayed by up to this, so that not everything starts at once. Default: 0s.',
      ),
      retries: retriesSchema.refine(() => job.repeatable === true, {
        error: `is not possible: ${job.name} is not safe to repeat`,
      }),
      alert_after: z
        .int()
        .min(1)
        .max(100)
        .describe('JOB_FAILED is queued after so many scheduled runs that failed in a row. Default: 1.'),
      ping_url: checkedBy(webhookUrl).describe(
        "Address of a dead man's switch (healthchecks style): called when a run starts, succeeds (plain) or fails (/start, /fail). A secret.",
      ),
      ping_url_file: z.string().min(1).describe('File that holds ping_url. Relative to this file.'),
      database_url: checkedBy(databaseUrl).describe(
        'The same database as another role, for this job alone. PostgreSQL only. A secret.',
      ),
      database_url_file: z.string().min(1).describe('File that holds database_url. Relative to this file.'),
      params: job.params.describe('Parameters of every scheduled run.'),
      settings: job.settings.describe('Settings of the job.'),
    })
    .partial()
    .describe(job.description);
}

const channelSwitch = z.enum(['on', 'off']);

const secretUrl = checkedBy(webhookUrl).describe('A secret.');
const secretFile = z.string().min(1).describe('File that holds it. Relative to this file.');
/** Set by the connection, or ours. */
const ownHeaders =
  /^(?:host|connection|content-length|transfer-encoding|te|upgrade|expect|webhook-(?:id|timestamp|signature)|proxy-.*)$/i;
const postHeaders = z.record(
  z.string().refine((name) => /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name) && !ownHeaders.test(name)),
  z.string(),
  { error: (issue) => (issue.code === 'invalid_key' ? 'is not a header that may be set here' : undefined) },
);
const namedDestination = z
  .strictObject({
    body: z
      .string()
      .min(1)
      .describe('Jinja: what is posted instead of the payload, whose fields are its variables.'),
    body_file: z.string().min(1).describe('File that holds body. Relative to this file.'),
    headers: postHeaders.describe('Of the posts; {{ secrets.NAME }} is OPSDECK_JOBS_SECRET_NAME.'),
    ...Object.fromEntries(
      channels.flatMap((channel) => {
        const key = definitionOf(channel).named?.key;
        return key === undefined
          ? []
          : [
              [key, secretUrl],
              [`${key}_file`, secretFile],
            ];
      }),
    ),
  })
  .partial();

const eventRouting = z
  .strictObject({
    channels: z
      .array(z.enum(channels))
      .min(1)
      .describe("The channels of its messages. Default: those of the event's row in the database."),
    recipients: z
      .array(checkedBy(eventRecipient))
      .min(1)
      .describe(
        'Who gets its mails: role:NAME, user:ID, group:ID or an e-mail address. Default: whom the job finds.',
      ),
    destination: z
      .string()
      .min(1)
      .describe(
        'Where its other messages go: a name of destinations, or a place inside a channel such as #alerts.',
      ),
  })
  .partial();

/** What is said of a job that nobody knows. */
export type UnknownJobs = 'refuse' | 'ignore';

/**
 * The shape of the configuration file. It holds no secrets but the ping addresses and database URLs of jobs, the addresses of named
 * destinations and that of the proxy: the others come from the environment or from files of their own.
 */
export function configFileSchema(jobs: readonly JobDefinition[], unknownJobs: UnknownJobs = 'refuse') {
  const byName = Object.fromEntries(jobs.map((job) => [job.name, jobSchema(job).optional()]));
  const known = z.strictObject(byName);
  return z
    .strictObject({
      $schema: z.string().describe('For editors.'),
      data_dir: z
        .string()
        .min(1)
        .describe(
          'Folder of the embedded database, used when DATABASE_URL is not set. Relative to this file.',
        ),
      timezone: zone.describe('IANA name of the business zone: calendar days and schedules.'),
      stored_timezone: zone.describe(
        'IANA name of the zone whose wall clock the database stores. Default: detected.',
      ),
      log_level: checkedBy(level).describe(`One of ${logLevels.join(', ')}, or Python's name of it.`),
      app_base_url: checkedBy(baseUrl).describe('Public address of OpsDeck, for links.'),
      ...channelSections(),
      delivery: checkedBy(deliveryMode).describe(
        'live; off: nothing is sent; redirect:ADDRESS: every mail goes there, other channels nowhere. Default: live.',
      ),
      channels: z
        .strictObject(Object.fromEntries(channels.map((channel) => [channel, channelSwitch])))
        .partial()
        .describe('Channels that are off: their messages wait, and that is no fault.'),
      destinations: z
        .record(z.string().regex(/^[A-Za-z][\w-]{0,39}$/), namedDestination, {
          error: (issue) =>
            issue.code === 'invalid_key' ? 'is no name: up to 40 letters, digits, - and _' : undefined,
        })
        .describe(
          'Shared destinations by name, which messages are addressed to. What is called like an event (COMPLIANCE_DRIFT) is used for the messages of that event.',
        ),
      notifications: z
        .record(z.string().regex(/^[A-Z][A-Z0-9_]{0,49}$/), eventRouting, {
          error: (issue) => (issue.code === 'invalid_key' ? 'is not the code of an event' : undefined),
        })
        .describe(
          'By code of the event (COMPLIANCE_DRIFT): what goes before its row in the database, for messages of the jobs.',
        ),
      allow_private_destinations: z
        .boolean()
        .describe('Whether webhooks may go to loopback and private networks. Default: false.'),
      http_proxy: checkedBy(proxySetting).describe(
        'HTTP proxy of everything but mail and the database. env: by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY; off; or http://HOST:PORT. A secret. Default: off.',
      ),
      http_proxy_file: z.string().min(1).describe('File that holds http_proxy. Relative to this file.'),
      schedules: z
        .enum(['own', 'external'])
        .describe(
          'external: another program starts the jobs, so `list` does not miss a daemon or `run-job --scheduled`. Default: own.',
        ),
      concurrency: z.int().min(1).max(100).describe('How many jobs a daemon runs at once. Default: 8.'),
      shutdown_grace: checkedBy(duration).describe(
        'How long a daemon that was asked to stop waits for its runs. Default: 30s.',
      ),
      start_patience: checkedBy(duration).describe(
        'How long a run waits for a free database connection before it does anything. Default: 30s.',
      ),
      keep_history: checkedBy(duration).describe('How long ended runs are kept whole. Default: 90d.'),
      head_to: checkedBy(mailAddress).describe(
        'E-mail address that gets the hash over the record once a day. Best a mailbox that who runs this program cannot change. Default: none.',
      ),
      timestamp_url: checkedBy(baseUrl).describe(
        'Address of a time stamping service (RFC 3161) that is asked once a day about the hash over the record. Default: none.',
      ),
      listen: checkedBy(listenAddress).describe(
        'Address of the health and metrics pages of a daemon, such as 127.0.0.1:9464. Default: no pages.',
      ),
      pages: pagesSettings,
      jobs_dirs: jobsDirs.describe(
        'Folders with jobs of your own (*.js, *.mjs). This file, the folders and the files in them must belong to root or to the user who runs the program, and other users must not be able to write them.',
      ),
      jobs: unknownJobs === 'refuse' ? known : known.loose(),
    })
    .partial()
    .describe('Configuration of opsdeck-jobs. Values of the environment and of .env go before it.');
}

/** What `config schema` prints: JSON Schema, draft 2020-12. */
export function configFileJsonSchema(jobs: readonly JobDefinition[]): z.core.JSONSchema.JSONSchema {
  return z.toJSONSchema(configFileSchema(jobs), { io: 'input', unrepresentable: 'any' });
}
