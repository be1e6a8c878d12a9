import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import pg from 'pg';
import { z } from 'zod';
import { startStatementCounter } from '../support/statement-counter.ts';
import { measure } from './child.ts';
import type { BenchContext, Figure } from './figure.ts';

const runDocument = z.object({
  status: z.literal('succeeded'),
  duration_ms: z.number(),
  result: z.object({
    alerted: z.number(),
    messages_queued: z.number(),
    watched: z.record(z.string(), z.number()),
  }),
});

const jobs = ['subscription-renewals', 'credential-expiry', 'certificate-expiry'] as const;

/** A real certificate, far from its end. */
function storedCertificate(): { readonly pem: string; readonly end: string } {
  const [latest] = rootCertificates
    .map((pem) => ({ pem, end: new Date(new X509Certificate(pem).validTo) }))
    .sort((a, b) => b.end.getTime() - a.end.getTime());
  if (latest === undefined) throw new Error('Node.js brings no certificates');
  return { pem: latest.pem, end: latest.end.toISOString().slice(0, 10) };
}

/** Items of each kind, none of which is near its end; a thousand owners. One certificate in ten is stored itself. */
function fill(items: number): readonly string[] {
  const { pem, end } = storedCertificate();
  return [
    `insert into "user" (name, email, role, is_archived, hide_from_org_chart)
     select 'User ' || i, 'user' || i || '@example.org', 'user', false, false from generate_series(1, 1000) i`,
    `insert into subscription (name, subscription_type, renewal_date, renewal_period_type, renewal_period_value, auto_renew, cost,
                               currency, user_id, is_archived)
     select 'Subscription ' || i, 'SaaS', current_date - 165, 'yearly', 1, true, 10, 'EUR', (i / 100) % 1000 + 1, false
       from generate_series(1, ${items}) i`,
    `insert into license (name, expiry_date, user_id, is_archived)
     select 'Licence ' || i, current_date + 200, (i / 100) % 1000 + 1, false from generate_series(1, ${items}) i`,
    `insert into credentials (name, type, break_glass, owner_id, owner_type, created_at, updated_at)
     select 'Credential ' || i, 'API key', false, (i / 100) % 1000 + 1, 'User', now(), now() from generate_series(1, ${items}) i`,
    `insert into credential_secrets (credential_id, masked_value, created_at, expires_at, is_active)
     select id, '****', now(), current_date + 200, true from credentials`,
    `insert into certificates (name, owner_id, owner_type)
     select 'Certificate ' || i, (i / 100) % 1000 + 1, 'User' from generate_series(1, ${items}) i`,
    `insert into certificate_versions (certificate_id, expires_at, is_active)
     select id, current_date + 200, true from certificates`,
    `update certificate_versions set public_body = '${pem}', expires_at = '${end}' where id % 10 = 1`,
    'vacuum analyze',
  ];
}

/** One in a hundred of each kind comes to a threshold. */
const makeDue = [
  `update subscription set renewal_date = current_date - 365 + 10, renewal_period_type = 'custom', renewal_period_value = 365
    where id % 100 = 0`,
  `update license set expiry_date = current_date + 10 where id % 100 = 0`,
  `update credential_secrets set expires_at = current_date + 10 where credential_id % 100 = 0`,
  `update certificate_versions set expires_at = current_date + 10 where certificate_id % 100 = 0`,
];

interface SizeFigures {
  /** The run that reads the certificates. */
  readonly first: { readonly ms: number; readonly statements: number };
  readonly none: { readonly ms: number; readonly statements: number };
  readonly due: {
    readonly ms: number;
    readonly statements: number;
    readonly alerted: number;
    readonly messages: number;
  };
  readonly overIdle: number;
}

/** The three expiry jobs on PostgreSQL at 10,000 and 100,000 items of each kind, with none and with one in a hundred due. */
export async function benchExpiry(context: BenchContext): Promise<Figure[]> {
  const small = await atSize(context, 10_000);
  const large = await atSize(context, 100_000);
  const growth = large.due.ms / small.due.ms;
  // Of five hundred certificates two statements: one reads them, one keeps what they say.
  const batches = (2 * (10_000 - 1000)) / 500;
  return [
    {
      what: '100,000 of each kind, first run, 10,000 stored certificates are read: statements',
      value: `${large.first.statements} in ${large.first.ms} ms`,
      bar: `as with a tenth (${small.first.statements}), ${batches} for the batches, and a few heartbeats`,
      met: large.first.statements <= small.first.statements + batches + 10,
    },
    {
      what: '100,000 of each kind, none due: statements of the three jobs',
      value: `${large.none.statements} in ${large.none.ms} ms`,
      bar: `as with 10,000 (${small.none.statements})`,
      met: large.none.statements === small.none.statements,
    },
    {
      what: '100,000 of each kind, 1 % due: statements of the three jobs',
      value: `${large.due.statements} in ${large.due.ms} ms (${large.due.alerted} alerts, ${large.due.messages} messages)`,
      bar: `as with 10,000 (${small.due.statements}), and a few batches`,
      met: large.due.statements <= small.due.statements + 10,
    },
    {
      what: '100,000, 1 % due: time',
      value: `ratio ${growth.toFixed(1)}`,
      bar: '≤ 12 × 10,000',
      met: growth <= 12,
    },
    {
      what: '100,000: peak RSS over the idle program',
      value: `${Math.round(large.overIdle)} MiB`,
      bar: '≤ 200 MiB',
      met: large.overIdle <= 200,
    },
  ];
}

async function atSize(context: BenchContext, items: number): Promise<SizeFigures> {
  const name = `bench_expiry_${items}`;
  const admin = new pg.Client({ connectionString: context.databaseUrl('postgres') });
  await admin.connect();
  await admin.query(`create database ${name}`);
  const url = context.databaseUrl(name);
  const program = join(context.root, 'bin/opsdeck-jobs.js');
  const environment = { DATABASE_URL: url, TIMEZONE: 'UTC' };
  await measure(context.root, [program, 'migrate'], environment);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of fill(items)) await client.query(statement);
  const idle = await measure(context.root, [program, 'list'], environment);
  const counter = await startStatementCounter(url);
  let peak = 0;
  const runAll = async () => {
    const sum = { ms: 0, statements: 0, alerted: 0, messages: 0 };
    counter.take();
    for (const job of jobs) {
      const args = [program, 'run-job', job, '--json'];
      const { stdout, peakRss } = await measure(context.root, args, {
        ...environment,
        DATABASE_URL: counter.url,
      });
      const { duration_ms, result } = runDocument.parse(JSON.parse(stdout));
      if (Object.values(result.watched).some((count) => count !== items))
        throw new Error(`${stdout} did not see all`);
      sum.ms += duration_ms;
      sum.alerted += result.alerted;
      sum.messages += result.messages_queued;
      peak = Math.max(peak, peakRss);
    }
    sum.statements = counter.take();
    return sum;
  };
  // The first run creates the events and templates, and reads the certificates.
  const first = await runAll();
  const none = await runAll();
  for (const statement of makeDue) await client.query(statement);
  const due = await runAll();
  if (due.alerted !== (items / 100) * 4) throw new Error(`${due.alerted} alerts`);
  await counter.close();
  await client.end();
  await admin.query(`drop database ${name} with (force)`);
  await admin.end();
  return { first, none, due, overIdle: peak - idle.peakRss };
}
