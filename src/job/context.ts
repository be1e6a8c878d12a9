import type { Transaction } from 'kysely';
import type { Logger } from 'pino';
import type { DatabaseMode, OpenDatabase } from '../db/database.ts';
import type { Database } from '../db/tables.ts';
import type { Downloader } from '../net/downloader.ts';
import type { HttpAnswer, HttpBodyFault, HttpFault, HttpGet } from '../net/http-answer.ts';
import type { HttpRequest } from '../net/http-client.ts';
import type { Channel } from '../notify/channels/names.ts';
import type { Notifier } from '../notify/notifier.ts';
import type { DeliveryReport } from '../notify/outbox/delivery-report.ts';
import type { OpenWay } from '../notify/outbox/open-way.ts';
import type { Status } from '../status/status.ts';
import type { JsonObject } from '../text/json.ts';
import type { Clock } from '../time/clock.ts';
import type { Zones } from '../time/zones.ts';

export interface TransactionOptions {
  /** Fills temporary tables; runs first, in the same transaction, also in a dry run (which is read-only after it). */
  readonly stage?: (trx: Transaction<Database>) => Promise<void>;
}

/** Delivers messages; see `src/notify/outbox/deliver.ts` for what it promises. */
export interface Outbox {
  /** Sends what is due. Not in a dry run. `adopt`: also what OpsDeck has queued, which is taken over for it; default true. */
  deliver(maxAgeMs: number, adopt?: boolean): Promise<DeliveryReport>;
  /** Is e-mail configured? What it lacks; null: nothing. */
  readonly mailLacks: string | null;
  /** Channels that the configuration switches off. Only of the program's own jobs. */
  readonly switchedOff?: readonly Channel[];
  /** What of OpsDeck's queue could be sent now; nothing connects. Only of the program's own jobs. */
  ways?(): Promise<readonly OpenWay[]>;
}

/** Reads from other hosts, guarded as messages are: see `src/net/http-client.ts`. Redirects are not followed. */
export interface Web {
  /** Never rejects. Aborted with the run. */
  get(request: Omit<HttpGet, 'signal'>): Promise<HttpAnswer | HttpFault | HttpBodyFault>;
  /** Never rejects. Aborted with the run. Of the answer's body at most 64 KB. */
  post(request: Omit<HttpRequest, 'signal'>): Promise<HttpAnswer | HttpFault>;
  /** For answers that are too large to hold, guarded in the same way. Who opens it closes it. */
  open(): Promise<Downloader>;
  /** Whether hosts on loopback and private networks may be asked. */
  readonly allowsPrivate: boolean;
}

/** Everything a job may touch. */
export interface JobContext<P, S> {
  readonly job: string;
  /** UUID of this run; also `trace.id` in the logs. */
  readonly runId: string;
  /** Who asked for it: `os:user@host` by hand, otherwise the runner, `host:pid`. */
  readonly actor: string;
  /** Whether the database is one of OpsDeck's or ours alone. */
  readonly mode: DatabaseMode;
  /** For reading outside a transaction. Writing goes through {@link transaction}. */
  readonly db: OpenDatabase['db'];
  /**
   * Runs `work` in one transaction whose last statement checks, `for share`, that this run is still ours and running;
   * if it is not, everything rolls back and the run ends: a late finisher changes nothing. In a dry run the
   * transaction is READ ONLY once `stage` is done: `work` asks {@link dryRun} and only plans.
   */
  transaction<T>(work: (trx: Transaction<Database>) => Promise<T>, options?: TransactionOptions): Promise<T>;
  readonly logger: Logger;
  readonly notifier: Notifier;
  /** The way out of what was queued. */
  readonly outbox: Outbox;
  /** The way to other hosts. */
  readonly web: Web;
  /** The value of `OPSDECK_JOBS_SECRET_<name>`; undefined: it is not set. */
  secret(name: string): string | undefined;
  /** An error without secrets: for what a result keeps of one that others wrote. Only of the program's own jobs. */
  scrub?(error: unknown): Error;
  readonly params: P;
  readonly settings: S;
  /** The checked settings of another job that it shares something with; undefined: it has none. */
  settingsOf(job: string): JsonObject | undefined;
  /** What needs a person now, as the command `status` shows it; outside a transaction. Only of the program's own jobs. */
  status?(): Promise<Status>;
  readonly clock: Clock;
  readonly zones: Zones;
  /** OpsDeck's public address without a trailing slash, for links; undefined when `APP_BASE_URL` is not set. */
  readonly appBaseUrl: string | undefined;
  /** Aborted at the time limit, at Ctrl-C and at shutdown. */
  readonly signal: AbortSignal;
  /** Says how far the work is; shown as a bar on a terminal, logged every few seconds elsewhere. Cheap to call often. */
  progress(stage: string, done: number, total?: number): void;
  /** Plan, but write nothing. */
  readonly dryRun: boolean;
}
