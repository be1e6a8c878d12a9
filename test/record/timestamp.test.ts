import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jobs } from '../../jobs/index.ts';
import { runManually } from '../../src/job/run-manually.ts';
import { partsOf } from '../../src/record/parts.ts';
import { TimestampRefused, timestampOf, timestampRequest } from '../../src/record/timestamp/protocol.ts';
import { newestTimestamp } from '../../src/record/timestamp/stored-timestamps.ts';
import { verifyHeads } from '../../src/record/verify-heads.ts';
import { onEachDatabase } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { runProgram } from '../support/program.ts';
import { environmentFor } from '../support/program-database.ts';
import { testEnvironment, testJob } from '../support/runner.ts';
import { makeAuthority, openssl } from '../support/time-authority.ts';

const hash = Buffer.alloc(32, 7);

type Answer = (query: Buffer) => { readonly status?: number; readonly body: Buffer | string };

/** A real HTTP server that answers as told. */
async function serve(): Promise<{ readonly url: string; answer: Answer }> {
  const service: { url: string; answer: Answer } = { url: '', answer: () => ({ body: '' }) };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const typed = request.headers['content-type'] === 'application/timestamp-query';
      const { status = 200, body } = typed ? service.answer(Buffer.concat(parts)) : { status: 415, body: '' };
      response.writeHead(status, { 'content-type': 'application/timestamp-reply' }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  service.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsr`;
  return service;
}

describe.skipIf(!openssl)(`needs ${openssl ? 'nothing' : 'openssl'}`, () => {
  onEachDatabase((harness) => {
    it('asks once a day, keeps what openssl verifies, and lets no answer of a service fail a run', async () => {
      const authority = await makeAuthority();
      const service = await serve();
      const clock = fakeClock('2026-03-01T08:00:00Z');
      const database = await harness.fresh({ clock });
      const plain = testEnvironment(database, [testJob()], { jobs });
      const environment = {
        ...plain,
        config: { ...plain.config, timestampUrl: service.url, allowPrivateDestinations: true },
      };
      let asked = 0;
      let kept: Buffer = Buffer.alloc(0);
      const answers: readonly (readonly [what: RegExp, Answer])[] = [
        [/HTTP 503/, () => ({ status: 503, body: 'later' })],
        [/no time stamp: /, () => ({ body: '<html>Sign in</html>' })],
        [/no time stamp: /, (query) => ({ body: authority.reply(query).subarray(0, -5) })],
        [/the service refused/, () => ({ body: authority.reply(Buffer.from('no question')) })],
        [
          /time stamp of something else/,
          () => ({
            body: authority.reply(timestampRequest({ hash, nonce: Buffer.alloc(8, 1) })),
          }),
        ],
        [/no time stamp: /, () => ({ body: Buffer.alloc(10_000_000, 0x30) })],
        [
          /^$/,
          (query) => {
            kept = authority.reply(query);
            return { body: kept };
          },
        ],
        [/time stamp of something else/, () => ({ body: kept })],
      ];
      for (const [day, [what, answer]] of answers.entries()) {
        clock.set(`2026-03-0${day + 1}T08:00:00Z`);
        service.answer = (query) => {
          asked += 1;
          return answer(query);
        };
        // The second run of a day asks nobody; one day shows it.
        for (const _ of day === 0 ? ['first', 'second'] : ['first']) {
          const ended = await runManually(environment, {
            ...{ definition: testJob(), params: {}, dryRun: false, timeoutMs: undefined },
            ...{ waitMs: 0, ignorePause: false, allowEmpty: false },
          });
          expect(ended).toMatchObject({ status: 'succeeded' });
        }
        const failed = plain.logged('record.timestamp').at(-1);
        if (what.source === '^$') expect(failed).toMatchObject({ 'event.outcome': 'success' });
        else expect(failed).toMatchObject({ 'event.outcome': 'failure', msg: expect.stringMatching(what) });
      }
      expect(asked).toBe(answers.length);
      const verified = await verifyHeads(database.db, partsOf(jobs), undefined);
      expect(verified).toMatchObject({
        ...{ heads: 8, timestamps: 1, findings: [] },
        timestamp: { day: '2026-03-07', url: service.url },
      });
      expect(verified.timestamp?.response.equals(kept)).toBe(true);
      expect(await newestTimestamp(database.db, 6)).toBeNull();
      // One of another head is passed over.
      const trx = await database.db.startTransaction().execute();
      await sql`
        insert into opsdeck_jobs.record_timestamp (head, url, stamped_at, response)
        select 8, url, stamped_at, response from opsdeck_jobs.record_timestamp where head = 7`.execute(trx);
      expect(await newestTimestamp(trx, 8)).toMatchObject({ day: '2026-03-07', response: kept });
      await trx.rollback().execute();

      const config = harness.configOf(database);
      await database.close();
      const file = authority.path('head.tsr');
      const { code, stdout } = await runProgram(['verify', '--timestamp', file], {
        env: environmentFor(config),
        cwd: tmpdir(),
      });
      expect({ code, stdout }).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('openssl ts -verify'),
      });
      const [, digest = ''] = /-digest ([0-9a-f]{64}) /.exec(stdout) ?? [];
      expect(authority.verify(digest, file)).toBe('Verification: OK');
      expect(authority.verify('0'.repeat(64), file)).not.toBe('Verification: OK');
    });
  });

  it('takes an answer to another question for none', async () => {
    const authority = await makeAuthority();
    const [mine, other] = [1, 255].map((byte) => ({ hash, nonce: Buffer.alloc(8, byte) }));
    if (mine === undefined || other === undefined) throw new TypeError('two were made');
    const reply = authority.reply(timestampRequest(other));
    expect(timestampOf(reply, other)).toBeInstanceOf(Date);
    expect(() => timestampOf(reply, mine)).toThrow('one to another question');
    // Whatever is cut off or changed: a time stamp or a refusal, and no other error.
    for (let at = 0; at < reply.length; at += 3) {
      const changed = Buffer.from(reply);
      changed[at] = (changed[at] ?? 0) ^ 0x81;
      for (const bytes of [reply.subarray(0, at), changed]) {
        try {
          expect(timestampOf(bytes, other)).toBeInstanceOf(Date);
        } catch (error) {
          expect(error).toBeInstanceOf(TimestampRefused);
        }
      }
    }
  });
});
