import { createServer, type Server } from 'node:net';
import { createServer as createSecure } from 'node:tls';
import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { readEndpointStatus } from '../../../../jobs/expiry/endpoints/endpoint-status.ts';
import { type MadeCertificate, makeCertificate } from '../../../support/certificate-maker.ts';
import { onEachDatabase } from '../../../support/databases.ts';
import { jobs, newWorld, succeeded, told } from '../world.ts';

const { certificates } = jobs;
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  servers.push(server);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `127.0.0.1:${address.port}`;
}

const serve = (made: MadeCertificate) => createSecure({ key: made.key, cert: made.pem });
const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const inMadrid = (date: Date) => date.toLocaleDateString('en-CA', { timeZone: 'Europe/Madrid' });

onEachDatabase((harness) => {
  it('reports what was renewed but not deployed at once, and an endpoint that is away on its third day', async () => {
    const world = await newWorld(harness, day(0));
    const old = makeCertificate({ names: ['127.0.0.1'], from: -60, days: 60 });
    const renewed = makeCertificate({ names: ['127.0.0.1'], days: 100 });
    const deployed = serve(old);
    const endpoint = await listen(deployed);
    const plain = createServer();
    const away = await listen(plain);
    await new Promise((done) => plain.close(done));
    const shop = await world.certificate(
      { expires_at: inMadrid(renewed.notAfter), public_body: renewed.pem },
      { name: 'shop' },
    );
    const other = await world.certificate({ expires_at: day(7) });
    const settings = {
      endpoints: { Shop: [endpoint, away], nothing: [endpoint] },
      allowed_networks: ['127.0.0.0/8'],
    };
    const status = async (date: string) =>
      (
        await readEndpointStatus(world.database.db, {
          jobs: { 'certificate-expiry': { settings, params: {} } },
          zone: 'Europe/Madrid',
          today: date,
          id: shop,
        })
      ).map(({ endpoint: at, state, served_until }) => [at === away ? 'away' : 'up', state, served_until]);

    const preview = await succeeded(world.run(certificates, settings, { dryRun: true }));
    expect(preview.notes.at(-1)).toBe(
      'A dry run connects to no endpoint: the last observation of 2 endpoints counts.',
    );
    expect(await status(day(0))).toEqual(
      expect.arrayContaining([
        ['up', 'not_asked', null],
        ['away', 'not_asked', null],
      ]),
    );

    const first = await succeeded(world.run(certificates, settings));
    expect(told(first).map((text) => text.replace(/: .*/, ''))).toEqual(
      [`certificate ${other} in 7`, `certificate ${shop} in 60`, `certificate ${shop} in 0`].toSorted(
        (a, b) => Number(a.split(' ').at(-1)) - Number(b.split(' ').at(-1)),
      ),
    );
    expect(first.notes).toEqual([
      "The setting endpoints names 'nothing', which is no certificate with an active version.",
      `1 endpoint served no certificate: ${away} (the connection is refused (ECONNREFUSED)).`,
    ]);
    const [digest] = await world.takeDigests();
    const text = JSON.stringify(digest?.context);
    expect(text).toContain(
      `was renewed but not deployed: ${endpoint} still serves one that expires in 60 days`,
    );
    expect(text).toContain(`is served with a fault: ${endpoint} serves a self-signed certificate`);
    expect(text).not.toContain('unreachable');
    expect(await status(day(0))).toEqual(
      expect.arrayContaining([
        ['up', 'found', inMadrid(old.notAfter)],
        ['away', 'failed', null],
      ]),
    );

    world.on(day(2));
    expect((await succeeded(world.run(certificates, settings))).alerted).toBe(0);
    // What was deployed is found, and nothing is alerted about it; what is away is.
    deployed.setSecureContext({ key: renewed.key, cert: renewed.pem });
    world.on(day(3));
    const third = await succeeded(world.run(certificates, settings));
    expect(told(third)).toEqual([`certificate ${shop} in -3: 0`]);
    expect(JSON.stringify((await world.takeDigests())[0]?.context)).toContain(
      `cannot be checked where it is served: ${away} has been unreachable since`,
    );
    expect(await status(day(3))).toEqual(expect.arrayContaining([['up', 'ok', inMadrid(renewed.notAfter)]]));

    // An endpoint that goes away keeps what it served, and is not taken for one that was checked.
    await new Promise((done) => deployed.close(done));
    world.on(day(4));
    expect((await succeeded(world.run(certificates, settings))).alerted).toBe(0);
    expect(await status(day(4))).toEqual(
      expect.arrayContaining([['up', 'failed', inMadrid(renewed.notAfter)]]),
    );

    // What is not allowed is not asked, whoever owns it is not troubled, and what is not wanted any more is forgotten.
    const refused = await succeeded(
      world.run(certificates, { endpoints: { [`certificate:${shop}`]: [endpoint] } }),
    );
    expect(refused.problems.map(({ problem }) => problem)).toEqual([
      `its endpoint ${endpoint} was not asked: its address is of this host, which is not allowed; the setting allowed_networks allows networks`,
    ]);
    await succeeded(world.run(certificates));
    const { rows } = await sql`select from opsdeck_jobs.endpoint_observation`.execute(world.database.db);
    expect(rows).toEqual([]);
  });
});
