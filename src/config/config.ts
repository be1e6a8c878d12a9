import type { LogLevel } from '../log/level.ts';
import type { HttpProxies } from '../net/http-proxies.ts';
import type { ChannelValues } from '../notify/channels/definition.ts';
import type { PostForm } from '../notify/channels/message.ts';
import type { Channel } from '../notify/channels/names.ts';
import type { EventRoutings } from '../notify/event-routing.ts';
import type { DeliveryMode } from '../notify/outbox/delivery-mode.ts';
import type { MisfirePolicy } from '../schedule/misfire.ts';
import type { RetryPolicy } from '../schedule/retry-at.ts';
import type { JsonObject } from '../text/json.ts';
import type { NamedDestination } from './destinations.ts';
import type { PagesProxy } from './pages-settings.ts';

/** Where the database is. */
export type DatabaseConfig =
  /** `url` is a libpq URL and a secret; `postgresql+psycopg2://` is already normalised. */
  | { readonly kind: 'postgres'; readonly url: string }
  | { readonly kind: 'embedded'; readonly dataDir: string };

/** `jobs.<name>` of the configuration file. Durations are milliseconds here. */
export interface JobConfig {
  readonly enabled?: boolean;
  readonly schedule?: string;
  readonly timezone?: string;
  readonly timeoutMs?: number;
  readonly misfire?: MisfirePolicy;
  readonly maxLateMs?: number;
  readonly jitterMs?: number;
  /** Of jobs that are repeatable only. */
  readonly retries?: RetryPolicy;
  /** Failures of the schedule in a row before anybody is alerted. */
  readonly alertAfter?: number;
  /** Of a dead man's switch: `http` or `https`, and a secret. */
  readonly pingUrl?: string;
  /** The same database as another role, for this job alone: a libpq URL and a secret. */
  readonly databaseUrl?: string;
  /** Checked against the job's own settings schema; its defaults are filled in. */
  readonly settings: JsonObject;
  /** Checked against the job's own params schema; what every scheduled run is given. */
  readonly params: JsonObject;
}

/** A host name or address, and a port (0: any that is free). */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** The one validated configuration of a process. Every value came from the environment, a `.env` file or the configuration file. */
export interface Config {
  readonly database: DatabaseConfig;
  /** IANA name of the business zone; undefined: not set (attached Europe/Madrid with a warning, otherwise UTC). */
  readonly timezone: string | undefined;
  /** Overrides the zone found on a fresh connection. */
  readonly storedTimezone: string | undefined;
  /** undefined: `warn` for one-shot commands, `info` for the daemon. */
  readonly logLevel: LogLevel | undefined;
  /** Without a trailing slash. */
  readonly appBaseUrl: string | undefined;
  /** By the name of the channel, then of its setting; each channel reads its own. Some are secrets. */
  readonly channels: Readonly<Record<string, ChannelValues>>;
  /** `OPSDECK_JOBS_SECRET_<name>` by that name: what API sources of access reviews send. */
  readonly sourceSecrets: Readonly<Record<string, string>>;
  readonly delivery: DeliveryMode;
  /** Channels that are switched off: their messages wait, and that is no fault. */
  readonly switchedOff: readonly Channel[];
  /** Shared destinations by the name that messages are addressed to, or the event whose messages go there. */
  readonly destinations: ReadonlyMap<string, NamedDestination>;
  /** What is sent to them, by the same name; of those that want something else than the channel's own. Holds secrets. */
  readonly postForms: ReadonlyMap<string, PostForm>;
  /** What goes before the row of an event, for messages of the jobs. */
  readonly notifications: EventRoutings;
  /** Webhooks may go to loopback and to private networks. */
  readonly allowPrivateDestinations: boolean;
  /** The proxies of everything that speaks HTTP. Their addresses are secrets. */
  readonly httpProxies: HttpProxies;
  /** `external`: neither a daemon nor `run-job --scheduled` is expected; something else starts the jobs. */
  readonly schedules: 'own' | 'external';
  /** How many jobs a daemon runs at once. */
  readonly concurrency: number;
  /** How long a daemon that is asked to stop waits for its runs. */
  readonly shutdownGraceMs: number;
  /** How long a run that was claimed waits for its first connection. */
  readonly startPatienceMs: number;
  /** How long ended runs are kept. */
  readonly keepHistoryMs: number;
  /** Where a daemon serves its pages; undefined: nowhere. */
  readonly listen: ListenAddress | undefined;
  /** What a caller of the pages must know; undefined: pages for this machine only. */
  readonly listenToken: string | undefined;
  /** The reverse proxy that names who reads the pages; undefined: there is none. */
  readonly pagesProxy: PagesProxy | undefined;
  /** Who gets the record head of each day; undefined: nobody. */
  readonly headTo: string | undefined;
  /** The service that gives each record head a time stamp; undefined: none. */
  readonly timestampUrl: string | undefined;
  /** By job name; every registered job has an entry. */
  readonly jobs: Readonly<Record<string, JobConfig>>;
}
