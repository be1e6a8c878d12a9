import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import communications from '../../../jobs/communications/job.ts';
import { messagesList } from '../../../src/cli/commands/messages.ts';
import { configHashes } from '../../../src/config/config-hashes.ts';
import { configFileJsonSchema } from '../../../src/config/file-schema.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { readChannels } from '../../../src/notify/channel-choice.ts';
import { channels } from '../../../src/notify/channels/lookup.ts';
import { outboxFor, queueRows } from '../../jobs/communications/outbox.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { addEvent, allRows, enqueue, message } from '../queue.ts';
import { httpPeer } from './peers.ts';

/*
 * Somebody adds a channel: a folder (matrix.ts), a line in the list (here), and a migration (`begin`). Everything else must
 * follow.
 */
vi.mock('../../../src/notify/channels/index.ts', async (original) => {
  const { channelDefinitions } = await original<typeof import('../../../src/notify/channels/index.ts')>();
  const { matrix } = await import('./matrix.ts');
  return { channelDefinitions: [...channelDefinitions, matrix] };
});

const secretUrl = 'https://matrix.example/hunter2';
const added = channels.filter(
  (channel) => !['email', 'slack', 'webhook', 'discord', 'teams'].includes(channel),
);

async function load(env: Readonly<Record<string, string>>, file: object = {}) {
  const cwd = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-added-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  await writeFile(join(cwd, 'opsdeck-jobs.json'), JSON.stringify(file));
  return loadConfig({ env: { HOME: cwd, ...env }, cwd, jobs: [] });
}

describe('a channel that is added to the list', () => {
  it('is configured by its variables and its section, and its secrets are masked', async () => {
    const { config, entries, secrets } = await load(
      { OPSDECK_JOBS_MATRIX_URL: secretUrl },
      {
        matrix: { greeting: 'Moin' },
        channels: { matrix: 'off' },
        destinations: { ops: { matrix_webhook_url: `${secretUrl}-ops` } },
      },
    );
    expect(config.channels['matrix']).toEqual({ url: secretUrl, greeting: 'Moin' });
    expect(config.switchedOff).toEqual(added);
    expect(config.destinations.get('ops')).toEqual({ matrix: `${secretUrl}-ops` });
    expect(entries).toEqual(
      expect.arrayContaining([
        { name: 'OPSDECK_JOBS_MATRIX_URL', value: 'set', origin: 'environment' },
        expect.objectContaining({ name: 'OPSDECK_JOBS_MATRIX_GREETING', value: 'Moin' }),
        expect.objectContaining({ name: 'channels.matrix', value: 'off' }),
        expect.objectContaining({ name: 'destinations.ops.matrix_webhook_url', value: 'set' }),
      ]),
    );
    expect(JSON.stringify(entries)).not.toContain('hunter2');
    expect(secrets.scrub(`POST ${secretUrl}-ops and ${secretUrl} failed`)).not.toContain('hunter2');
  });

  it('has its default, the file form of its secret, and the help of near names', async () => {
    expect((await load({})).config.channels['matrix']).toEqual({ greeting: 'Hello' });
    await expect(load({ OPSDECK_JOBS_MATRIX_URL_FILE: '/nonexistent' })).rejects.toThrow(
      'OPSDECK_JOBS_MATRIX_URL_FILE (/nonexistent)',
    );
    await expect(load({ OPSDECK_JOBS_MATRIX_GREETIN: 'x' })).rejects.toThrow(
      'did you mean OPSDECK_JOBS_MATRIX_GREETING?',
    );
    await expect(load({}, { matrix: { url: secretUrl } })).rejects.toThrow('known here: greeting');
  });

  it('must have the same address on all hosts', async () => {
    const routing = async (url: string) =>
      configHashes((await load({ OPSDECK_JOBS_MATRIX_URL: url })).config, [])['routing'];
    expect(await routing(secretUrl)).toBe(await routing(secretUrl));
    expect(await routing(secretUrl)).not.toBe(await routing(`${secretUrl}-2`));
  });

  it('is in the schema of the configuration file, the option of `messages list` and the description of the job', () => {
    const schema = JSON.stringify(configFileJsonSchema([]));
    expect(schema).toContain('matrix_webhook_url_file');
    expect(schema).toContain('What each message begins with.');
    const option = messagesList().options.find(({ long }) => long === '--channel');
    expect(option?.argChoices).toEqual(['email', 'slack', 'webhook', 'discord', 'teams', 'matrix']);
    expect(communications.description).toContain('Microsoft Teams and Matrix');
    expect(readChannels('X', ['matrix'])).toEqual({ channels: added, notes: [] });
  });
});

onEachDatabase((harness) => {
  /** What the migration of the new channel does. */
  const begin = async () => {
    const clock = fakeClock('2026-11-24T12:00:00Z');
    const database = await harness.fresh({ clock });
    await sql`alter table opsdeck_jobs.message drop constraint message_channel_check`.execute(database.db);
    return { clock, database };
  };

  describe('a channel that is added to the list', () => {
    it('delivers what OpsDeck queued and what a job queued, and counts it', async () => {
      const { database } = await begin();
      const peer = await httpPeer((response) => response.end());
      await queueRows(database, [{ channel: 'matrix', to: null, subject: 'One', body: '<p>text</p>' }]);
      await addEvent(database, { channels: '["matrix"]' });
      const { queued } = await enqueue(database, message());
      expect(queued).toEqual([{ channel: 'matrix', destination: 'matrix', template: 'Drift' }]);
      const outbox = outboxFor(database, undefined, {
        channels: { matrix: { url: `${peer.url}/all`, greeting: 'Hello' } },
        destinations: new Map([['COMPLIANCE_DRIFT', { matrix: `${peer.url}/drift` }]]),
      });
      const year = 365 * 86_400_000;
      const report = await outbox.deliver(undefined, year);
      expect(report).toMatchObject({ adopted: 1, sent: 2 });
      expect(report.sent_by).toEqual({ email: 0, slack: 0, webhook: 0, discord: 0, teams: 0, matrix: 2 });
      expect(peer.received.map(({ path, body }) => [path, body]).sort()).toEqual([
        ['/all', '{"text":"Hello: One text"}'],
        ['/drift', '{"text":"Hello: 3 regressions 3"}'],
      ]);
    });

    it('asks an operator about what may have arrived: whether the answer is lost, or the sender', async () => {
      const { database } = await begin();
      const peer = await httpPeer((response) => void response.destroy());
      await queueRows(database, [
        { channel: 'matrix', to: null },
        { channel: 'matrix', to: null },
      ]);
      const channel = { channels: { matrix: { url: peer.url, greeting: 'Hello' } } };
      expect(await outboxFor(database, undefined, channel).deliver()).toMatchObject({ unknown: 2 });
      await sql`
        update opsdeck_jobs.message set state = 'sending', begun_at = now(), lease_owner = gen_random_uuid(),
               lease_until = now() - interval '1 second'
         where communication_id = (select min(communication_id) from opsdeck_jobs.message)`.execute(
        database.db,
      );
      expect(await outboxFor(database, undefined, channel).deliver()).toMatchObject({
        recovered: { requeued: 0, unknown: 1 },
      });
      expect((await allRows(database, 'opsdeck_jobs.message')).map(({ state }) => state)).toEqual([
        'unknown',
        'unknown',
      ]);
    });
  });
});
