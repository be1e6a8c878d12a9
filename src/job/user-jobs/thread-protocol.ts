import type { MessagePort } from 'node:worker_threads';
import type { DatabaseMode } from '../../db/database.ts';
import type { NetworkSettings } from '../../net/network-of.ts';
import type { EventRoutings } from '../../notify/event-routing.ts';
import type { QueuedMessage } from '../../notify/notifier.ts';
import type { DeliveryReport } from '../../notify/outbox/delivery-report.ts';
import type { JsonObject } from '../../text/json.ts';
import type { Zones } from '../../time/zones.ts';
import type { DatabaseMark } from '../own-database.ts';
import type { JobFile } from './job-file.ts';
import type { ThrownError } from './thrown-error.ts';

/** What the thread of a run is given when it starts. */
export interface ThreadOrder {
  readonly file: JobFile;
  readonly job: string;
  readonly runId: string;
  readonly actor: string;
  readonly mode: DatabaseMode;
  /** A libpq URL and a secret. */
  readonly databaseUrl: string;
  /** How many connections it may have. */
  readonly connections: number;
  /** How long it waits for the first of them. */
  readonly startPatienceMs: number;
  /** Where the job has a URL of its own: what must be found there. */
  readonly mark: DatabaseMark | undefined;
  readonly params: Record<string, unknown>;
  readonly settings: Record<string, unknown>;
  /** By job. */
  readonly settingsOfJobs: Readonly<Record<string, JsonObject>>;
  readonly zones: Zones;
  readonly appBaseUrl: string | undefined;
  readonly routings: EventRoutings;
  /** The addresses of proxies are secrets. */
  readonly network: NetworkSettings;
  readonly mailLacks: string | null;
  readonly dryRun: boolean;
  /** Lines below it are not logged. */
  readonly logLevel: string;
  /** Business time in milliseconds, and what `process.hrtime.bigint()`, which all threads share, was then. */
  readonly clock: { readonly now: number; readonly at: bigint };
  /** See {@link Flow}. */
  readonly flow: SharedArrayBuffer;
  /** See {@link askForSecret}. */
  readonly secrets: { readonly port: MessagePort; readonly answered: SharedArrayBuffer };
}

/** What the runner says to the thread. */
export type ToThread =
  /** The run is to stop. */
  | { readonly kind: 'abort'; readonly reason: ThrownError }
  /** Its statements are to end. */
  | { readonly kind: 'cancel' }
  | { readonly kind: 'delivered'; readonly id: number; readonly report: DeliveryReport }
  | { readonly kind: 'not_delivered'; readonly id: number; readonly error: ThrownError };

/** What the thread says to the runner. */
export type FromThread =
  /** The first it says. Linux knows it by that number; undefined: elsewhere. */
  | { readonly kind: 'started'; readonly taskId: number | undefined }
  /** One line of pino. */
  | { readonly kind: 'log'; readonly line: string }
  /** There is no connection yet. */
  | { readonly kind: 'waiting'; readonly error: ThrownError }
  | {
      readonly kind: 'progress';
      readonly stage: string;
      readonly done: number;
      readonly total: number | undefined;
    }
  /** The outbox is the runner's: it has what is needed to send. */
  | { readonly kind: 'deliver'; readonly id: number; readonly maxAgeMs: number; readonly adopt: boolean }
  | { readonly kind: 'returned'; readonly json: string; readonly queued: readonly QueuedMessage[] }
  | { readonly kind: 'threw'; readonly error: ThrownError; readonly queued: readonly QueuedMessage[] };
