import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../../src/config/load.ts';
import { misspellingWords } from '../../src/config/misspelt.ts';
import { OperatorError } from '../../src/errors/operator-error.ts';
import { defineJob } from '../../src/job/define-job.ts';

const job = defineJob({
  name: 'sample-job',
  description: 'A job of the tests',
  schedule: '0 9 * * 1',
  misfire: 'latest',
  timeout: '10m',
  requires: {},
  params: z.strictObject({ framework: z.coerce.number().int().optional() }),
  settings: z.strictObject({
    limit: z.number().int().min(1).default(20),
    levels: z.array(z.string()).default([]),
    folder: z.string().optional().meta({ format: 'path', description: 'A folder' }),
  }),
  run: async () => ({}),
  present: () => [],
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsdeck-jobs-config-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

interface Sources {
  readonly envFile?: string;
  readonly configFile?: string;
}

function load(env: Record<string, string> = {}, sources: Sources = {}) {
  return loadConfig({ env: { HOME: folder, ...env }, cwd: folder, jobs: [job], ...sources });
}

function failure(env: Record<string, string> = {}, sources: Sources = {}): OperatorError {
  try {
    load(env, sources);
  } catch (error) {
    if (error instanceof OperatorError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('defaults', () => {
  it('is an embedded database under the XDG data home, and no zone: neither the host nor a guess decides it', () => {
    const { config } = load();
    expect(config.database).toEqual({ kind: 'embedded', dataDir: join(folder, '.local/share/opsdeck-jobs') });
    expect(config.timezone).toBeUndefined();
    expect(config.logLevel).toBeUndefined();
    expect(config.jobs['sample-job']).toEqual({ settings: { limit: 20, levels: [] }, params: {} });
  });

  it.each([
    ['/srv/data', '/srv/data/opsdeck-jobs'],
    ['relative', undefined],
    ['', undefined],
  ])('XDG_DATA_HOME=%j counts only when it is absolute', (xdg, dataDir) => {
    const { config } = load({ XDG_DATA_HOME: xdg });
    expect(config.database).toEqual({
      kind: 'embedded',
      dataDir: dataDir ?? join(folder, '.local/share/opsdeck-jobs'),
    });
  });

  it.each(['', 'relative', '.'])(
    'HOME=%j is refused where the data folder would be in it, and nowhere else',
    (HOME) => {
      expect(failure({ HOME }).message).toBe(
        `The configuration is wrong: HOME (environment): '${HOME}' is not an absolute path; the data folder would be in it; set OPSDECK_JOBS_DATA_DIR to an absolute path, or DATABASE_URL.`,
      );
      for (const env of [
        { OPSDECK_JOBS_DATA_DIR: '/srv/data' },
        { XDG_DATA_HOME: '/srv' },
        { DATABASE_URL: 'postgresql://u@db/x' },
      ])
        expect(() => load({ HOME, ...env })).not.toThrow();
    },
  );

  it('an empty variable counts as not set', () => {
    const { config } = load({ DATABASE_URL: '', TIMEZONE: ' ', SMTP_PORT: '', SLACK_BOT_TOKEN: '' });
    expect(config.database.kind).toBe('embedded');
    expect(config.timezone).toBeUndefined();
    expect(config.channels['email']?.['port']).toBe(587);
    expect(config.channels['slack']?.['botToken']).toBeUndefined();
  });
});

describe('precedence', () => {
  it('is environment, then .env, then the configuration file, then default; each value shows where it came from', () => {
    const envFile = file('.env', 'SMTP_SERVER=dotenv.example\nSMTP_PORT=2\n');
    const configFile = file(
      'opsdeck-jobs.json',
      JSON.stringify({ mail: { server: 'file.example', port: 3, sender_name: 'File' } }, null, 2),
    );
    const { config, entries } = load({ SMTP_SERVER: 'env.example' });
    expect(config.channels['email']).toEqual({
      server: 'env.example',
      port: 2,
      senderName: 'File',
      starttls: 'required',
      connections: 2,
      giveUpAfter: '48h',
    });
    const origin = Object.fromEntries(entries.map((entry) => [entry.name, entry.origin]));
    expect(origin).toMatchObject({
      SMTP_SERVER: 'environment',
      SMTP_PORT: `${envFile}:2`,
      EMAIL_SENDER_NAME: `${configFile}:5:20`,
      TIMEZONE: 'default',
    });
  });

  it('--env-file goes before OPSDECK_JOBS_ENV_FILE and .env, and must exist', () => {
    file('.env', 'TIMEZONE=Europe/Berlin');
    file('a.env', 'TIMEZONE=Europe/Paris');
    const b = file('b.env', 'TIMEZONE=Europe/Rome');
    expect(load().config.timezone).toBe('Europe/Berlin');
    expect(load({ OPSDECK_JOBS_ENV_FILE: 'a.env' }).config.timezone).toBe('Europe/Paris');
    expect(load({ OPSDECK_JOBS_ENV_FILE: 'a.env' }, { envFile: b }).config.timezone).toBe('Europe/Rome');
    expect(failure({}, { envFile: 'missing.env' }).message).toContain(
      `the .env file (${join(folder, 'missing.env')}): cannot be read: there is no such file`,
    );
  });

  it('--config goes before OPSDECK_JOBS_CONFIG and opsdeck-jobs.json, and must exist', () => {
    file('opsdeck-jobs.json', '{"timezone":"Europe/Berlin"}');
    file('a.json', '{"timezone":"Europe/Paris"}');
    file('b.json', '{"timezone":"Europe/Rome"}');
    expect(load().config.timezone).toBe('Europe/Berlin');
    expect(load({ OPSDECK_JOBS_CONFIG: 'a.json' }).config.timezone).toBe('Europe/Paris');
    expect(load({ OPSDECK_JOBS_CONFIG: 'a.json' }, { configFile: 'b.json' }).config.timezone).toBe(
      'Europe/Rome',
    );
    expect(failure({}, { configFile: 'missing.json' }).message).toContain('there is no such file');
  });

  it('a relative data folder begins where it was written down', () => {
    file('c.json', '{"data_dir":"./data"}');
    const fromFile = loadConfig({ env: {}, cwd: '/', configFile: join(folder, 'c.json'), jobs: [job] });
    expect(fromFile.config.database).toEqual({ kind: 'embedded', dataDir: join(folder, 'data') });
    expect(load({ OPSDECK_JOBS_DATA_DIR: 'mine' }).config.database).toEqual({
      kind: 'embedded',
      dataDir: join(folder, 'mine'),
    });
  });
});

describe('values', () => {
  it.each([
    ['postgres://ana@db/x', 'postgresql://ana@db/x'],
    [
      'postgresql+psycopg2://ana:pw@db:5433/x?sslmode=require',
      'postgresql://ana:pw@db:5433/x?sslmode=require',
    ],
    ['POSTGRESQL://db/x', 'postgresql://db/x'],
    ['postgresql:///x?host=/var/run/postgresql', 'postgresql:///x?host=/var/run/postgresql'],
  ])('DATABASE_URL %s is read', (given, url) => {
    expect(load({ DATABASE_URL: given }).config.database).toEqual({ kind: 'postgres', url });
  });

  it.each([
    ['mysql://ana:hunter2@db/x', 'begins with mysql://, which is not PostgreSQL'],
    ['sqlite:///hunter2.db', 'begins with sqlite://'],
    ['db.example hunter2', 'is not a URL'],
    ['postgresql://ana:hunter2/x@db:5432/x', 'percent-encoded'],
    ['postgresql://ana:hunter2@db:port/x', 'the port as a number'],
    ['postgresql://ana:hunter2#x@db/x', '%23'],
    ['postgresql://ana:hunter2@db/x?sslmode=sure', 'has an unknown sslmode'],
    ['postgresql://ana:hunter2@db/x?connect_timeout=abc', 'a connect_timeout that is no number of seconds'],
    ['postgresql://ana:hunter2@db,db2/x', 'names several hosts'],
    ['postgresql://ana:hunter2%zz@db/x', 'has a % that begins no encoded character'],
    ['postgresql://db/x?password=a&hunter2=b', 'has an unknown parameter; '],
    ['postgresql://ana:hunter2@db/x?sslmod=require', "the unknown parameter 'sslmod'; did you mean sslmode?"],
    ['postgresql://ana:hunter2@db/x?target_session_attrs=primary', 'target_session_attrs'],
  ])('DATABASE_URL %s is refused without showing it', (given, message) => {
    const error = failure({ DATABASE_URL: given });
    expect(error.code).toBe('invalid_configuration');
    expect(error.message).toContain('DATABASE_URL (environment): the value ');
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('hunter2');
  });

  it.each([
    ['WARNING', 'warn'],
    ['Critical', 'fatal'],
    ['debug', 'debug'],
    ['INFO', 'info'],
    ['silent', 'silent'],
  ])('LOG_LEVEL %s is %s', (given, level) => {
    expect(load({ LOG_LEVEL: given }).config.logLevel).toBe(level);
  });

  it('APP_BASE_URL loses its trailing slash', () => {
    expect(load({ APP_BASE_URL: 'https://ops.example/deck/' }).config.appBaseUrl).toBe(
      'https://ops.example/deck',
    );
  });

  it.each([
    ['TIMEZONE', 'Europe/Madird', 'is not a time zone'],
    ['TIMEZONE', '+02:00', 'is not a time zone'],
    ['OPSDECK_JOBS_STORED_TIMEZONE', 'local', 'is not a time zone'],
    ['LOG_LEVEL', 'loud', 'is not a log level; give trace, debug'],
    ['APP_BASE_URL', 'ops.example', 'is not a web address'],
    ['APP_BASE_URL', 'ftp://ops.example', 'is not a web address'],
    ['SMTP_SERVER', 'smtp://mail', 'is not a host name'],
    ['SMTP_PORT', '0', 'is not a port; give a whole number from 1 to 65535'],
    ['SMTP_PORT', '65536', 'is not a port; give a whole number from 1 to 65535'],
    ['SMTP_PORT', '25x', 'is not a port; give a whole number from 1 to 65535'],
    ['OPSDECK_JOBS_MAIL_FROM', 'nobody', 'is not an e-mail address'],
  ])('%s=%s is refused with what is allowed', (name, value, message) => {
    const error = failure({ [name]: value });
    expect(error).toMatchObject({ code: 'invalid_configuration', exitCode: 2 });
    expect(error.message).toContain(`${name} (environment): '${value}' ${message}`);
  });
});

describe('secrets', () => {
  const names = [
    'DATABASE_URL',
    'EMAIL_PASSWORD',
    'SLACK_BOT_TOKEN',
    'WEBHOOK_URL',
    'OPSDECK_JOBS_SLACK_WEBHOOK_URL',
    'OPSDECK_JOBS_MAIL_OAUTH_CLIENT_SECRET',
    'OPSDECK_JOBS_MAIL_OAUTH_REFRESH_TOKEN',
    'OPSDECK_JOBS_LISTEN_TOKEN',
  ];
  const sampleOf = (name: string) =>
    name === 'DATABASE_URL' ? 'postgresql://ana:hunter2@db/x' : 'https://hooks.example/hunter2';

  it.each(names)('%s may be in a file, whose last line break does not count', (name) => {
    const path = file('secret', `${sampleOf(name)}\n`);
    const plain = load({ [name]: sampleOf(name) }).config;
    expect(load({ [`${name}_FILE`]: path }).config).toEqual(plain);
    expect(load({ [`${name}_FILE`]: 'secret' }).config).toEqual(plain);
  });

  it.each(names)('%s and its file are not both taken', (name) => {
    const path = file('secret', sampleOf(name));
    const error = failure({ [name]: sampleOf(name), [`${name}_FILE`]: path });
    expect(error.message).toContain(`both ${name} and ${name}_FILE are set; keep one of them`);
    expect(error.message).not.toContain('hunter2');
  });

  it('a file of the environment goes before a value of .env', () => {
    file('.env', 'EMAIL_PASSWORD=from-dotenv');
    const path = file('secret', 'from-file\r\n');
    expect(load({ EMAIL_PASSWORD_FILE: path }).config.channels['email']?.['password']).toBe('from-file');
  });

  it('a secret file that is missing, unreadable or empty is named', () => {
    expect(failure({ EMAIL_PASSWORD_FILE: '/nonexistent/pw' }).message).toContain(
      'EMAIL_PASSWORD_FILE (/nonexistent/pw): cannot be read: there is no such file',
    );
    expect(failure({ EMAIL_PASSWORD_FILE: folder }).message).toContain('it is a folder');
    expect(failure({ EMAIL_PASSWORD_FILE: file('empty', '\n') }).message).toContain('the file is empty');
  });

  it('a secret file without permission is named', () => {
    const path = file('closed', 'x');
    chmodSync(path, 0o000);
    // Root may read everything, so for the moment this process is somebody else.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect(failure({ EMAIL_PASSWORD_FILE: path }).message).toContain('this user may not read it');
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it('none is among the entries of `config show`, and all are scrubbed from any text', () => {
    const env = {
      DATABASE_URL: 'postgresql+psycopg2://ana:hun%20ter2@db:5432/opsdeck?application_name=x',
      EMAIL_PASSWORD: 'hunter-mail',
      SLACK_BOT_TOKEN: 'xoxb-hunter',
      WEBHOOK_URL: 'https://hooks.example/hunter-web',
      OPSDECK_JOBS_SLACK_WEBHOOK_URL: 'https://hooks.slack.example/hunter-slack',
      OPSDECK_JOBS_MAIL_OAUTH_CLIENT_SECRET: 'hunter-client',
      OPSDECK_JOBS_MAIL_OAUTH_REFRESH_TOKEN: 'hunter-refresh',
      OPSDECK_JOBS_LISTEN_TOKEN: 'hunter-listening-token',
    };
    const { entries, secrets } = load(env);
    expect(JSON.stringify(entries)).not.toMatch(/hun/);
    expect(entries.find(({ name }) => name === 'DATABASE_URL')?.value).toBe(
      'postgresql://ana@db:5432/opsdeck',
    );
    for (const name of names.slice(1))
      expect(entries.find((entry) => entry.name === name)?.value).toBe('set');
    const text = [...Object.values(env), 'hun ter2', 'hun%20ter2'].join(' | ');
    expect(secrets.scrub(text)).not.toMatch(/hun/);
  });

  it('a token of the pages that could be guessed is refused, and not repeated', () => {
    const error = failure({ OPSDECK_JOBS_LISTEN_TOKEN: 'hunter2' });
    expect(error.message).toContain('at least 16 characters');
    expect(error.message).not.toContain('hunter2');
  });

  it.each([
    ['written', () => ({ ping_url: 'https://hc.example/hunter-uuid/' })],
    ['in a file', () => ({ ping_url_file: basename(file('ping', 'https://hc.example/hunter-uuid/\n')) })],
  ])('the ping address of a job, %s, is read, never shown, and scrubbed', (_, settings) => {
    const configFile = file('c.json', JSON.stringify({ jobs: { 'sample-job': settings() } }));
    const { config, entries, secrets } = load({}, { configFile });
    expect(config.jobs['sample-job']?.pingUrl).toBe('https://hc.example/hunter-uuid/');
    expect(entries).toContainEqual({
      name: 'jobs.sample-job.ping_url',
      value: 'set',
      origin: expect.stringMatching(/c\.json:1:\d+$/),
    });
    expect(JSON.stringify(entries)).not.toContain('hunter');
    expect(secrets.scrub('POST https://hc.example/hunter-uuid/start failed')).not.toContain('hunter');
  });

  it.each(['ftp://hc.example/hunter', 'hunter'])(
    'the ping address %s is refused and not repeated',
    (value) => {
      const message = 'is not a web address';
      const configFile = file('c.json', JSON.stringify({ jobs: { 'sample-job': { ping_url: value } } }));
      const error = failure({}, { configFile });
      expect(error.message).toContain(message);
      expect(error.message).not.toContain('hunter');
      const pointer = file('ping', value);
      const other = file('d.json', JSON.stringify({ jobs: { 'sample-job': { ping_url_file: pointer } } }));
      expect(failure({}, { configFile: other }).message).toContain(message);
      expect(failure({}, { configFile: other }).message).not.toContain('hunter');
    },
  );

  it('a ping address and a file of one are not both taken', () => {
    const both = { ping_url: 'https://hc.example/u', ping_url_file: 'ping' };
    const configFile = file('c.json', JSON.stringify({ jobs: { 'sample-job': both } }));
    expect(failure({}, { configFile }).message).toContain('both ping_url and ping_url_file are set');
  });

  it('of sources have names of their own, come from a file, too, and are scrubbed like the others', () => {
    const { config, entries, secrets } = load({
      OPSDECK_JOBS_SECRET_HR_API: 'hr-s3cret',
      OPSDECK_JOBS_SECRET_IDP_FILE: file('idp', 'idp-s3cret\n'),
    });
    expect(config.sourceSecrets).toEqual({ HR_API: 'hr-s3cret', IDP: 'idp-s3cret' });
    expect(JSON.stringify(entries)).not.toContain('s3cret');
    expect(entries).toContainEqual({
      name: 'OPSDECK_JOBS_SECRET_IDP',
      value: 'set',
      origin: expect.anything(),
    });
    expect(secrets.scrub('hr-s3cret and idp-s3cret')).toBe('[secret] and [secret]');
    expect(failure({ OPSDECK_JOBS_SECRET_hr: 'x' }).message).toContain('OPSDECK_JOBS_SECRET_hr');
  });

  it('the addresses of named destinations are read, also from files, never shown, and scrubbed', () => {
    const destinations = {
      ops: {
        slack_webhook_url: 'https://hooks.example/hunter-1',
        webhook_url_file: file('url', 'https://x.example/hunter-2'),
      },
    };
    const { config, entries, secrets } = load(
      {},
      { configFile: file('c.json', JSON.stringify({ destinations })) },
    );
    expect(config.destinations.get('ops')).toEqual({
      slack: 'https://hooks.example/hunter-1',
      webhook: 'https://x.example/hunter-2',
      discord: undefined,
    });
    expect(entries).toContainEqual(
      expect.objectContaining({ name: 'destinations.ops.webhook_url', value: 'set' }),
    );
    expect(JSON.stringify(entries)).not.toContain('hunter');
    expect(secrets.scrub('POST https://x.example/hunter-2 failed')).not.toContain('hunter');
  });

  it.each([
    ['written', () => ({ database_url: 'postgresql://keeper:hunter2@db/x' })],
    ['in a file', () => ({ database_url_file: basename(file('url', 'postgresql://keeper:hunter2@db/x')) })],
  ])('the database URL of a job, %s, is read, never shown, and scrubbed', (_, settings) => {
    const configFile = file('c.json', JSON.stringify({ jobs: { 'sample-job': settings() } }));
    const { config, entries, secrets } = load({}, { configFile });
    expect(config.jobs['sample-job']?.databaseUrl).toBe('postgresql://keeper:hunter2@db/x');
    expect(entries).toContainEqual(
      expect.objectContaining({ name: 'jobs.sample-job.database_url', value: 'set' }),
    );
    expect(JSON.stringify(entries)).not.toContain('hunter');
    expect(secrets.scrub('password hunter2 is wrong')).not.toContain('hunter');
  });

  it('the variable of a job that has one goes before the file, and leads no other job anywhere', () => {
    const name = 'OPSDECK_JOBS_RETENTION_DATABASE_URL';
    const other = defineJob({
      ...job,
      name: 'other-job',
      databaseVariable: { name, about: 'The same database as another role.' },
    });
    const configFile = file(
      'c.json',
      JSON.stringify({ jobs: { 'other-job': { database_url: 'postgresql://file@db/x' } } }),
    );
    const env = { HOME: folder, [name]: 'postgresql://keeper:hunter2@db/x' };
    const { config, secrets } = loadConfig({ env, cwd: folder, jobs: [job, other], configFile });
    expect(config.jobs['other-job']?.databaseUrl).toBe('postgresql://keeper:hunter2@db/x');
    expect(config.jobs['sample-job']?.databaseUrl).toBeUndefined();
    expect(secrets.scrub('hunter2')).not.toContain('hunter');
    const bad = () =>
      loadConfig({
        env: { HOME: folder, [name]: 'mysql://keeper:hunter2@db/x' },
        cwd: folder,
        jobs: [other],
      });
    expect(bad).toThrow(name);
    expect(bad).not.toThrow('hunter');
  });

  it('the configuration file is no place for one', () => {
    const configFile = file('c.json', '{"databaseUrl":"postgresql://ana:hunter2@db/x"}');
    const error = failure({}, { configFile });
    expect(error.message).toContain(
      'secrets do not belong in this file: set DATABASE_URL or DATABASE_URL_FILE',
    );
    expect(error.message).not.toContain('hunter2');
  });
});

describe('names', () => {
  it.each([
    ['OPSDECK_JOBS_DATADIR', 'did you mean OPSDECK_JOBS_DATA_DIR?'],
    ['OPSDECK_JOBS_SLACK_WEBHOK_URL_FILE', 'did you mean OPSDECK_JOBS_SLACK_WEBHOOK_URL_FILE?'],
    ['OPSDECK_JOBS_SOMETHING_ELSE_ENTIRELY_OURS', 'remove it'],
  ])('%s is refused: %s', (name, hint) => {
    expect(failure({ [name]: 'x' }).message).toContain(`${name} (environment): is not known; ${hint}`);
    const envFile = file('.env', `\n${name}=x`);
    expect(failure().message).toContain(`${name} (${envFile}:2): is not known; ${hint}`);
  });

  it('what Kubernetes sets for a Service called opsdeck-jobs is no mistake', () => {
    load({
      OPSDECK_JOBS_SERVICE_HOST: '10.0.0.1',
      OPSDECK_JOBS_SERVICE_PORT: '9464',
      OPSDECK_JOBS_SERVICE_PORT_METRICS: '9464',
      OPSDECK_JOBS_PORT: 'tcp://10.0.0.1:9464',
      OPSDECK_JOBS_PORT_9464_TCP: 'tcp://10.0.0.1:9464',
      OPSDECK_JOBS_PORT_9464_TCP_ADDR: '10.0.0.1',
      OPSDECK_JOBS_METRICS_SERVICE_HOST: '10.0.0.1',
    });
  });
});

describe('the configuration file', () => {
  it('is where relative paths in the settings of a job begin, wherever the program is started', () => {
    const configFile = file('c.json', '{"jobs": {"sample-job": {"settings": {"folder": "exports"}}}}');
    const { config } = loadConfig({ env: { HOME: folder }, cwd: tmpdir(), jobs: [job], configFile });
    expect(config.jobs['sample-job']?.settings['folder']).toBe(join(folder, 'exports'));
  });

  it('sets what a job does, with settings filled up and params read by the schema of the job', () => {
    const configFile = file(
      'c.json',
      JSON.stringify({
        $schema: './opsdeck-jobs.schema.json',
        jobs: {
          'sample-job': {
            enabled: false,
            schedule: '0 7 * * *',
            timezone: 'Europe/Rome',
            timeout: '1h30m',
            params: { framework: '3' },
            settings: { levels: ['high'] },
          },
        },
      }),
    );
    const { config, entries } = load({}, { configFile });
    expect(config.jobs['sample-job']).toEqual({
      enabled: false,
      schedule: '0 7 * * *',
      timezone: 'Europe/Rome',
      timeoutMs: 5_400_000,
      params: { framework: 3 },
      settings: { limit: 20, levels: ['high'] },
    });
    expect(entries).toContainEqual({ name: 'jobs.sample-job.settings.limit', value: 20, origin: 'default' });
    expect(entries).toContainEqual({
      name: 'jobs.sample-job.settings.levels',
      value: ['high'],
      origin: expect.stringContaining('c.json:1:'),
    });
  });

  it.each([
    ['{"timezone": "UTC",}', '1:20', 'property name expected'],
    ['{\n  "timezone": UTC\n}', '2:15', 'invalid symbol'],
    ['{"timezone": "UTC"', '1:19', 'close brace expected'],
    ['{} {}', '1:4', 'end of file expected'],
    ['{ // comment\n}', '1:3', 'invalid comment token'],
    ['', '1:1', 'value expected'],
  ])('broken JSON %j is named with line and column', (content, position, message) => {
    const configFile = file('c.json', content);
    expect(failure({}, { configFile }).message).toContain(
      `(${configFile}:${position}): is not JSON: ${message}`,
    );
  });

  it.each([
    ['{"timezon":"UTC"}', "timezon (FILE:1:2): is not known; did you mean 'timezone'?"],
    ['{"TIMEZONE":"UTC"}', "did you mean 'timezone'?"],
    ['{"jobs":{"sample-jib":{}}}', "jobs.sample-jib (FILE:1:10): is not known; did you mean 'sample-job'?"],
    [
      '{"jobs":{"sample-job":{"shedule":"x"}}}',
      "jobs.sample-job.shedule (FILE:1:24): is not known; did you mean 'schedule'?",
    ],
    ['{"jobs":{"sample-job":{"settings":{"limits":1}}}}', "did you mean 'limit'?"],
    ['{"jobs":{"sample-job":{"params":{"x":1}}}}', 'known here: framework'],
    [
      '{"jobs":{"sample-job":{"settings":{"limit":"x"}}}}',
      'jobs.sample-job.settings.limit (FILE:1:44): must be a number',
    ],
    ['{"jobs":{"sample-job":{"settings":{"limit":0}}}}', 'settings.limit (FILE:1:44): must be at least 1'],
    ['{"concurrency":1.5}', 'concurrency (FILE:1:16): must be a whole number'],
    ['{"jobs":{"sample-job":{"misfire":"all"}}}', 'must be "latest" or "skip"'],
    ['{"jobs":{"sample-job":{"enabled":"yes"}}}', 'must be true or false'],
    ['{"jobs":{"sample-job":{"timeout":"10"}}}', 'is not a duration; give a number and s, m, h, d or w'],
    ['{"jobs":{"sample-job":{"timezone":"Rome"}}}', 'is not a time zone'],
    ['{"jobs":{"sample-job":{"schedule":"99 * * * *"}}}', 'jobs.sample-job.schedule (FILE:1:35)'],
    ['{"jobs":[]}', 'jobs (FILE:1:9): must be an object'],
    ['[]', 'must be an object'],
    ['{"log_level":"loud"}', 'is not a log level'],
    ['{"mail":{"port":99999}}', 'mail.port (FILE:1:17): must be at most 65535'],
  ])('%s is refused with place and help', (content, message) => {
    const configFile = file('c.json', content);
    expect(failure({}, { configFile }).message.replaceAll(configFile, 'FILE')).toContain(message);
  });
});

describe('problems', () => {
  it('are all listed at once, from every source', () => {
    file('.env', 'SMTP_PORT=99999\nnot a line\n');
    file(
      'opsdeck-jobs.json',
      '{"timezone":"Mars/Base","jobs":{"other":{},"sample-job":{"schedule":"99 * * * *"}}}',
    );
    const error = failure({
      DATABASE_URL: 'mysql://ana:hunter2@db/x',
      LOG_LEVEL: 'loud',
      EMAIL_PASSWORD_FILE: '/nonexistent/pw',
      OPSDECK_JOBS_DATADIR: '/x',
    });
    expect(error).toMatchObject({ code: 'invalid_configuration', exitCode: 2 });
    expect(error.message).toMatch(/^The configuration has 9 problems:\n {2}- /);
    for (const name of [
      'DATABASE_URL (environment)',
      'LOG_LEVEL (environment)',
      'EMAIL_PASSWORD_FILE (/nonexistent/pw)',
      'OPSDECK_JOBS_DATADIR (environment)',
      'SMTP_PORT (',
      'line 2 (',
      'timezone (',
      'jobs.other (',
      'jobs.sample-job.schedule (',
    ]) {
      expect(error.message).toContain(`  - ${name}`);
    }
    expect(error.message).not.toContain('hunter2');
    expect(error.next).toContain('config check');
  });
});

describe('misspelt variables of ours in a .env file', () => {
  it.each([
    ['SMTP_PROT=25', 'SMTP_PROT (ENV:1) is not read: did you mean SMTP_PORT?'],
    ['\nDATABSE_URL=x', 'DATABSE_URL (ENV:2) is not read: did you mean DATABASE_URL?'],
    ['EMAIL_PASWORD=x', 'EMAIL_PASWORD (ENV:1) is not read: did you mean EMAIL_PASSWORD?'],
    ['export smtp_port=25', 'smtp_port (ENV:1) is not read: did you mean SMTP_PORT?'],
    ['TIME_ZONE=UTC', 'TIME_ZONE (ENV:1) is not read: did you mean TIMEZONE?'],
    ['WEBHOOKS_URL_FILE=/x', 'WEBHOOKS_URL_FILE (ENV:1) is not read: did you mean WEBHOOK_URL_FILE?'],
  ])('%j is named', (text, words) => {
    const path = file('.env', text);
    expect(load().misspellings.map(misspellingWords)).toEqual([words.replace('ENV', path)]);
  });

  it.each([
    'SMTP_PORT=25',
    'SMTP_HOST=mail',
    'SECRET_KEY=x',
    'POSTGRES_USER=x',
    'SMTP_PROT=',
    'SMTP_PORT=25\nSMTP_PORTS=26',
  ])('%j is no slip', (text) => {
    file('.env', text);
    expect(load().misspellings).toEqual([]);
  });

  it('are named beside what is wrong with the configuration: they may be why', () => {
    const path = file('.env', 'SMTP_PROT=25');
    expect(() => load({ TIMEZONE: 'Mars' })).toThrow(
      expect.objectContaining({
        points: [`SMTP_PROT (${path}:1) is not read: did you mean SMTP_PORT?`],
      }),
    );
  });

  it('in the environment are other people’s', () => {
    expect(load({ SMTP_PROT: '25' }).misspellings).toEqual([]);
  });
});
