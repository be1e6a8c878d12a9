import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, inject, it } from 'vitest';
import { runCommandLine } from '../../bin/command-line.ts';
import { queueRows } from '../jobs/communications/outbox.ts';
import { mailPeer } from '../notify/channels/mail-peer.ts';
import { closedPort } from '../notify/channels/peers.ts';
import { onPostgres } from '../support/databases.ts';
import { startHttpProxy } from '../support/http-proxy.ts';
import { memoryIo } from '../support/memory-io.ts';
import { environmentFor } from '../support/program-database.ts';

/** Everything of the program that asks another host: the host that it asks here, and what it says when there is no way to it. */
const users = {
  slack: 'no connection to the Slack webhook',
  hook: 'no connection to the webhook',
  discord: 'no connection to Discord',
  teams: 'no connection to Teams',
  mailtoken: 'there is no token for the login: no answer of the token endpoint: no connection',
  people: 'The API at people.invalid, page 1: there was no connection',
  peopletoken: 'for the API at people.invalid: no answer of the token endpoint: no connection',
  rates: 'The exchange rates of rates.invalid could not be read: there is no connection to it',
  ping: 'the ping of exchange-rates (start) did not arrive: the request failed',
  stamp: 'has no time stamp of stamp.invalid: no answer: no connection',
};
const address = (user: keyof typeof users, path = 's3cret-path') => `https://${user}.invalid/${path}`;

const configuration = {
  timestamp_url: address('stamp', 'tsr'),
  jobs: {
    'exchange-rates': {
      ping_url: address('ping'),
      settings: { provider: 'ecb', ecb_address: address('rates', 'x') },
    },
    uar: {
      settings: {
        api_hosts: {
          KEY: [new URL(address('people')).origin],
          APP: [new URL(address('people')).origin, new URL(address('peopletoken')).origin],
        },
      },
    },
  },
};

const secrets = {
  OPSDECK_JOBS_SECRET_KEY: 'k3y-s3cret',
  OPSDECK_JOBS_SECRET_APP: 'app-s3cret',
  OPSDECK_JOBS_SLACK_WEBHOOK_URL: address('slack'),
  OPSDECK_JOBS_TEAMS_WEBHOOK_URL: address('teams'),
  WEBHOOK_URL: address('hook'),
};

const list = {
  source_b_type: 'JSON',
  source_b_config: JSON.stringify({ json_data: [{ email: 'a@x.org' }] }),
};
const comparison = (name: string, config: object) => ({
  ...{
    name,
    ...list,
    source_a_type: 'API',
    source_a_config: JSON.stringify({ url: address('people'), ...config }),
  },
  ...{ key_field_a: 'email', key_field_b: 'email', field_mappings: '[]' },
  ...{ schedule_type: 'manual', is_enabled: true, is_archived: false },
});

/** The text itself, but for the names of name servers' errors. */
function pattern(text: string): string {
  return text.replace(/[.()?]/g, '\\$&').replace('\\(ENOTFOUND|EAI_AGAIN\\)', '(?:ENOTFOUND|EAI_AGAIN)');
}

onPostgres((harness) => {
  /** One run of each job that asks somebody; all that was printed, logged and stored about it. */
  async function useAll(proxy: Readonly<Record<string, string>>): Promise<string> {
    const database = await harness.fresh();
    const mail = await mailPeer({
      ...{
        authOptional: false,
        authMethods: ['XOAUTH2'],
        allowInsecureAuth: true,
        disabledCommands: ['STARTTLS'],
      },
    });
    const cwd = await mkdtemp(join(inject('scratch'), 'network-users-'));
    await writeFile(join(cwd, 'opsdeck-jobs.json'), JSON.stringify(configuration));
    const token = { token_url: address('peopletoken'), client_id: 'c', secret: 'APP' };
    const comparisons = await database.db
      .insertInto('uar_comparison')
      .values([comparison('key', { secret: 'KEY' }), comparison('token', { auth: token })])
      .returning('id')
      .execute();
    await sql`insert into finance_settings (base_currency) values ('EUR')`.execute(database.db);
    const { rows } = await sql<{ id: number }>`
      insert into event_rule (name, entity_type, discord_webhook_url) values ('rule', 'Asset', ${address('discord')}) returning id`.execute(
      database.db,
    );
    const rule = rows[0]?.id;
    await queueRows(
      database,
      [
        ...['email', 'slack', 'webhook', 'teams'].map((channel) => ({ channel })),
        { channel: 'discord', ...(rule === undefined ? {} : { eventRuleId: rule }) },
      ],
      new Date().toISOString().slice(0, 10),
    );
    const env = {
      ...{ HOME: cwd, TIMEZONE: 'UTC', ...secrets, ...proxy, ...environmentFor(harness.configOf(database)) },
      ...{ SMTP_SERVER: 'localhost', SMTP_PORT: String(mail.port), OPSDECK_JOBS_SMTP_STARTTLS: 'off' },
      ...{ EMAIL_USERNAME: 'opsdeck@x.org', OPSDECK_JOBS_MAIL_OAUTH: 'microsoft' },
      ...{ OPSDECK_JOBS_MAIL_OAUTH_TENANT: 't', OPSDECK_JOBS_MAIL_OAUTH_CLIENT_ID: 'c' },
      ...{ OPSDECK_JOBS_MAIL_OAUTH_CLIENT_SECRET: 'm4il-s3cret' },
      ...{ OPSDECK_JOBS_MAIL_OAUTH_TOKEN_URL: address('mailtoken', 'token') },
    };
    const log = join(cwd, 'log.json');
    let text = '';
    for (const job of [
      ['exchange-rates'],
      ...comparisons.map(({ id }) => ['uar', '--param', `comparison=${id}`]),
      ['communications'],
    ]) {
      const memory = memoryIo({ cwd, env });
      await runCommandLine(['run-job', ...job, '--log-file', log, '--log-level', 'debug'], memory.io);
      text += memory.stdout() + memory.stderr();
    }
    return text + (await readFile(log, 'utf8'));
  }

  const everybody = Object.keys(users).map((user) => `CONNECT ${user}.invalid:443`);
  const login = '//ana:pr0xy-s3cret@';
  const unknownName = '(ENOTFOUND|EAI_AGAIN)';
  it.each<
    [what: string, env: (proxy: string) => Record<string, string>, asked: readonly string[], why: string]
  >([
    [
      'goes through the proxy of http_proxy, and names it when it refuses the login',
      (proxy) => ({ OPSDECK_JOBS_HTTP_PROXY: proxy.replace('//', login) }),
      everybody,
      'the proxy PROXY of http_proxy answered 407: its login is missing or wrong',
    ],
    [
      'names the proxy of the environment that is away',
      () => ({ OPSDECK_JOBS_HTTP_PROXY: 'env', HTTPS_PROXY: `http:${login}127.0.0.1:CLOSED` }),
      [],
      'no connection to the proxy http://127.0.0.1:CLOSED of HTTPS_PROXY (ECONNREFUSED)',
    ],
    [
      'asks directly what NO_PROXY names',
      (proxy) => ({ OPSDECK_JOBS_HTTP_PROXY: 'env', HTTPS_PROXY: proxy, NO_PROXY: 'x.example,.invalid' }),
      [],
      unknownName,
    ],
    [
      'asks directly where http_proxy is off, and names the variable',
      (proxy) => ({ HTTPS_PROXY: proxy.replace('//', login) }),
      [],
      `${unknownName}; HTTPS_PROXY is set, but the setting http_proxy is off`,
    ],
  ])('every user of the network %s', async (_, env, asked, why) => {
    const proxy = await startHttpProxy(1, 407);
    const closed = String(await closedPort());
    const given = Object.entries(env(proxy.url)).map(([name, value]) => [
      name,
      value.replace('CLOSED', closed),
    ]);
    const text = await useAll(Object.fromEntries(given));
    expect([...new Set(proxy.asked)].sort()).toEqual(asked.toSorted());
    const reason = `(${why.replace(' PROXY ', ` ${proxy.url} `).replace('CLOSED', closed)})`;
    for (const said of Object.values(users)) {
      expect(text).toMatch(new RegExp(pattern(said) + pattern(` ${reason}`)));
    }
    expect(text).not.toContain('s3cret');
  });
});
