import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { expect, it } from 'vitest';
import { sameName, sameSerial } from '../../../src/certificates/compare-names.ts';
import { readPem } from '../../../src/certificates/read-pem.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { chainPems } from './import/chain-pems.ts';
import { jobs, newWorld, succeeded, told } from './world.ts';

const { certificates } = jobs;
const privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

/** Real certificates, earliest end first. */
const roots = rootCertificates
  .map((pem) => ({ pem, certificate: new X509Certificate(pem) }))
  .map(({ pem, certificate }) => ({ pem, certificate, end: new Date(certificate.validTo) }))
  .sort((a, b) => a.end.getTime() - b.end.getTime());

/** The calendar date in Madrid, by another library. */
const inMadrid = (date: Date) => date.toLocaleDateString('en-CA', { timeZone: 'Europe/Madrid' });
const back = (date: Date, days: number) => inMadrid(new Date(date.getTime() - days * 86_400_000));

it('reads every root certificate that Node.js brings', () => {
  for (const { pem, certificate, end } of roots) {
    const reading = readPem(`Bag Attributes\n${pem.replaceAll('\n', '\r\n')}`);
    expect(reading).toMatchObject({
      hasPrivateKey: false,
      certificates: [{ notAfter: end, chainEnds: [], serialNumber: certificate.serialNumber }],
    });
  }
  expect(roots.length).toBeGreaterThan(50);
});

it.each([
  ['a private key', privateKey, 'it is a private key, not a certificate'],
  ['garbage', 'hello', 'it holds no certificate in PEM'],
  [
    'a certificate that was cut',
    `${roots[0]?.pem.slice(0, 200)}\n-----END CERTIFICATE-----`,
    'its certificate cannot be read',
  ],
  [
    'an empty certificate',
    '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----',
    'its certificate cannot be read',
  ],
])('%s is no certificate, and nothing of it is repeated', (_, text, problem) => {
  expect(readPem(text)).toMatchObject({ problem, hasPrivateKey: text === privateKey });
});

it.each([
  ['0a:FF', 'AFF', true],
  ['0x0aff', 'AFF', true],
  ['2815', 'AFF', true],
  ['2816', 'AFF', false],
  ['not a number', 'AFF', false],
])('serial number %s and %s: %s', (recorded, hex, same) => {
  expect(sameSerial(recorded, hex)).toBe(same);
});

it('a recorded name may be any of the names of the certificate', () => {
  const names = 'DNS:www.example.org, DNS:example.org, IP Address:10.0.0.1';
  expect(
    ['EXAMPLE.org', 'www.example.org', '10.0.0.1', 'cn.example.org'].map((one) =>
      sameName(one, 'cn.example.org', names),
    ),
  ).toEqual([true, true, true, true]);
  expect(sameName('other.org', 'cn.example.org', names)).toBe(false);
});

onEachDatabase((harness) => {
  it('counts by the certificate itself, and reports what is recorded differently', async () => {
    const root = roots.at(10);
    const later = roots.at(-1);
    if (root === undefined || later === undefined) throw new Error('no certificates');
    const world = await newWorld(harness, back(root.end, 30));
    const right = await world.certificate({
      expires_at: inMadrid(root.end),
      public_body: root.pem,
      serial_number: root.certificate.serialNumber.toLowerCase(),
    });
    const wrong = await world.certificate({
      expires_at: '2099-01-01',
      public_body: `${later.pem}\n${root.pem}`,
      common_name: 'wrong.example.org',
      serial_number: '1',
    });
    const key = await world.certificate({ expires_at: back(root.end, 23), public_body: privateKey });
    await world.certificate({ expires_at: '2099-01-01', public_body: null });
    const short = await world.certificate({ valid_from: back(root.end, 33), expires_at: back(root.end, 27) });
    const result = await succeeded(world.run(certificates));
    expect(told(result)).toEqual([
      `certificate ${key} in 7: 7 covers 30,14`,
      `certificate ${right} in 30: 30`,
      `certificate ${wrong} in 30: 30`,
    ]);
    const about = (id: number) =>
      result.problems.filter((one) => one.id === id).map(({ problem }) => problem);
    expect(about(right)).toEqual([]);
    expect(about(wrong)).toHaveLength(3);
    expect(about(wrong).join()).toMatch(
      /it ends on .* but Thu 1 Jan 2099 is recorded.*wrong\.example\.org is recorded.*but 1 is recorded/,
    );
    expect(about(key)).toEqual([
      'what is stored as its certificate cannot be used: it is a private key, not a certificate',
      'a private key is stored beside its certificate',
    ]);
    const digests = JSON.stringify(await world.takeDigests());
    expect(digests).not.toContain('PRIVATE KEY');
    // A certificate of six days: at a quarter of its life, not on the day it is issued.
    world.on(back(root.end, 28));
    expect(told(await succeeded(world.run(certificates)))).toEqual([`certificate ${short} in 1: 1`]);
  });

  it('the end of the certificate is announced whatever else is in its file, and its chain where that ends first', async () => {
    const { shop, crossSigned, intermediate, long, unrelated } = chainPems;
    const world = await newWorld(harness, '2026-06-24');
    // An expired cross-signed root, which it does not need, and the certificate of another site.
    const site = await world.certificate({
      expires_at: '2026-07-01',
      public_body: shop + intermediate + crossSigned,
    });
    const two = await world.certificate({ expires_at: '2026-07-20', public_body: unrelated + shop });
    const early = await world.certificate({ expires_at: '2027-06-01', public_body: long + intermediate });
    const result = await succeeded(world.run(certificates));
    expect(told(result).sort()).toEqual(
      [
        `certificate ${site} in 7: 7 covers 30,14`,
        `certificate ${two} in 26: 30`,
        `certificate ${two} in 7: 7 covers 30,14`,
      ].sort(),
    );
    expect(result).toMatchObject({ baseline: 0, problem_count: 0 });
    await world.takeDigests();
    world.on('2027-02-01');
    expect(told(await succeeded(world.run(certificates)))).toContain(`certificate ${early} in 28: 30`);
    expect(JSON.stringify(await world.takeDigests())).toContain(
      'Intermediate of its chain ends on Mon 1 Mar 2027, before long.example.org itself on Tue 1 Jun 2027',
    );
  });

  it('an error in one item is reported for that item, and the others are announced', async () => {
    const world = await newWorld(harness, '2026-06-24');
    const { negative, backwards, shop } = chainPems;
    const wrong: number[] = [];
    wrong.push(
      await world.certificate({ expires_at: '2042-06-01', public_body: negative, serial_number: 'none' }),
    );
    wrong.push(await world.certificate({ expires_at: '2029-01-01', public_body: backwards }));
    for (const valid_from of ['2026-07-02', '2026-07-01', 'infinity', '4713-01-01 BC']) {
      wrong.push(await world.certificate({ expires_at: '2026-07-01', valid_from }));
    }
    for (const expires_at of ['infinity', '0044-03-15 BC', '20000-01-01']) {
      wrong.push(await world.certificate({ expires_at }));
    }
    await world.certificate({ expires_at: '2026-07-01', public_body: shop });
    const result = await succeeded(world.run(certificates));
    // Those whose life is not known have the usual thresholds.
    expect(result.alerts.map(({ days_left, threshold }) => [days_left, threshold])).toEqual(
      Array.from({ length: 5 }, () => [7, 7]),
    );
    expect([...new Set(result.problems.map(({ id }) => id))].sort((a, b) => a - b)).toEqual(wrong);
    expect(result.problems.map(({ problem }) => problem).join('; ')).toMatch(
      /serial number is -.*ends before it begins.*valid from infinity to 2026-07-01.*recorded as 0044-03-15 BC, which is no date/,
    );
  });

  it('alerts begin when the usual renewal is overdue', async () => {
    const world = await newWorld(harness, '2026-06-01');
    const id = await world.certificate({ valid_from: '2026-04-02', expires_at: '2026-07-01' });
    const version = (valid_from: string, expires_at: string) =>
      world.database.db
        .insertInto('certificate_versions')
        .values({ certificate_id: id, valid_from, expires_at, is_active: false })
        .execute();
    // 90 days each, renewed 30 days before their ends.
    await version('2025-12-03', '2026-03-03');
    await version('2026-02-01', '2026-05-02');
    expect(told(await succeeded(world.run(certificates)))).toEqual([]);
    world.on('2026-06-03');
    expect(told(await succeeded(world.run(certificates)))).toEqual([`certificate ${id} in 28: 28`]);
  });

  it('a renewed certificate starts afresh, the same one in a new version does not', async () => {
    const [first, second] = [roots.at(20), roots.at(30)];
    if (first === undefined || second === undefined) throw new Error('no certificates');
    const world = await newWorld(harness, back(first.end, 10));
    const { db } = world.database;
    const id = await world.certificate({ expires_at: inMadrid(first.end), public_body: first.pem });
    const version = (public_body: string, expires_at: string) =>
      db
        .insertInto('certificate_versions')
        .values({ certificate_id: id, expires_at, public_body, is_active: true })
        .execute();
    expect(await succeeded(world.run(certificates))).toMatchObject({ alerted: 1 });
    await version(first.pem, inMadrid(first.end));
    expect(await succeeded(world.run(certificates))).toMatchObject({ alerted: 0 });
    await db.updateTable('certificate_versions').set({ is_active: false }).execute();
    await version(second.pem, inMadrid(second.end));
    world.on(back(second.end, 14));
    expect(told(await succeeded(world.run(certificates)))).toEqual([`certificate ${id} in 14: 14 covers 30`]);
  });
});
