import { sql } from 'kysely';
import { z } from 'zod';
import exchangeRates from '../../../jobs/exchange-rates/job.ts';
import type { RatesResult } from '../../../jobs/exchange-rates/result.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { runManually } from '../../../src/job/run-manually.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import { httpPeer, type Peer } from '../../notify/channels/peers.ts';
import type { DatabaseHarness, FreshOptions } from '../../support/databases.ts';
import { type FakeClock, fakeClock } from '../../support/fake-clock.ts';
import { testEnvironment } from '../../support/runner.ts';

/** What the provider says to a path: a body, or a status with headers. */
export type Reply =
  | string
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Buffer;
      readonly cutOff?: true;
    };

export interface RunOptions {
  readonly settings?: JsonObject;
  readonly file?: string;
  readonly dryRun?: boolean;
  readonly allowPrivate?: boolean;
  /** The endpoint is that of finance_settings. */
  readonly asOpsdeck?: boolean;
  readonly on?: OpenDatabase;
}

export interface World {
  readonly database: OpenDatabase;
  readonly clock: FakeClock;
  readonly peer: Peer;
  /** By path without the query; what is not there is 404. */
  readonly replies: Record<string, Reply>;
  run(options?: RunOptions): ReturnType<typeof runJob>;
  /** A run that succeeds. */
  succeed(options?: RunOptions): Promise<RatesResult>;
  finance(values: Readonly<Record<string, string>>): Promise<void>;
  /** Every row of the two tables and what is held: what a refused run must not change. */
  everything(): Promise<readonly string[]>;
  /** What OpsDeck's readers take, by code. */
  opsdeck(): Promise<Readonly<Record<string, number>>>;
  /** `2026-11-24 USD 1.05`, a version after the first with `v2`; oldest first. */
  published(): Promise<readonly string[]>;
}

/** A database whose provider is a server on loopback, at 03:00 in Madrid on Tuesday 24 November 2026. */
export async function newWorld(
  harness: DatabaseHarness,
  options: Omit<FreshOptions, 'clock'> = {},
): Promise<World> {
  const clock = fakeClock('2026-11-24T02:00:00Z');
  const database = await harness.fresh({ clock, granted: true, ...options });
  const runner = await harness.asRunner(database, clock);
  const replies: Record<string, Reply> = {};
  const peer = await httpPeer((response, { path }) => {
    const reply = replies[path.replace(/\?.*$/, '')] ?? { status: 404 };
    if (typeof reply === 'string') response.end(reply);
    else if (reply.cutOff === true) response.write(reply.body, () => response.destroy());
    else response.writeHead(reply.status, reply.headers).end(reply.body);
  });
  const { db } = database;
  const lines = async (statement: ReturnType<typeof sql<{ line: string }>>) =>
    (await statement.execute(db)).rows.map(({ line }) => line);
  const run = (runOptions: RunOptions = {}) => runJob(runner, peer, runOptions);
  return {
    database,
    clock,
    peer,
    replies,
    run,
    succeed: async (runOptions) => {
      const { outcome } = await run(runOptions);
      if (outcome.status !== 'succeeded') throw new Error(JSON.stringify(outcome.fault));
      return outcome.result;
    },
    finance: async (values) => {
      await sql`delete from finance_settings`.execute(db);
      await db.insertInto('finance_settings').values(values).execute();
    },
    everything: () =>
      lines(sql`
        select line from (
          select 'fx ' || r::text as line from opsdeck_jobs.fx_rate r
          union all select 'held ' || h::text from opsdeck_jobs.fx_held h
          union all select 'opsdeck ' || e::text from exchange_rate e
        ) as all_rows order by line`),
    opsdeck: async () => {
      const { rows } = await sql<{ code: string; rate: number }>`
        select distinct on (currency_code) currency_code as code, rate from exchange_rate
         order by currency_code, fetched_at desc`.execute(db);
      return Object.fromEntries(rows.map(({ code, rate }) => [code, rate]));
    },
    published: () =>
      lines(sql`
        select concat_ws(' ', rate_date, quote, rate, case when version > 1 then 'v' || version end) as line
          from opsdeck_jobs.fx_rate order by provider, rate_date, quote, version`),
  };
}

async function runJob(
  database: OpenDatabase,
  peer: Peer,
  { settings = {}, file, dryRun = false, allowPrivate = true, asOpsdeck = false, on }: RunOptions,
) {
  const parsed = exchangeRates.settings.parse({
    ...(asOpsdeck ? {} : { endpoint: `${peer.url}/latest` }),
    ecb_address: `${peer.url}/ecb`,
    ...settings,
  });
  const jobConfigs = {
    [exchangeRates.name]: { settings: z.record(z.string(), z.json()).parse(parsed), params: {} },
  };
  const environment = testEnvironment(on ?? database, [exchangeRates], { jobConfigs });
  const outcome = await runManually(
    { ...environment, config: { ...environment.config, allowPrivateDestinations: allowPrivate } },
    {
      definition: exchangeRates,
      params: file === undefined ? {} : { file },
      dryRun,
      timeoutMs: undefined,
      waitMs: 0,
      ignorePause: false,
      allowEmpty: false,
    },
  );
  return { outcome: { ...outcome, result: resultShape.parse(outcome.result) }, environment };
}

/** The run's own JSON; null of a run that failed. */
const resultShape = z.custom<RatesResult>((value) => value === null || typeof value === 'object');
