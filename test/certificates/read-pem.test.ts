import { describe, expect, it } from 'vitest';
import { sameSerial } from '../../src/certificates/compare-names.ts';
import { whyNotDer } from '../../src/certificates/pem-blocks.ts';
import { readPem } from '../../src/certificates/read-pem.ts';
import { chainPems } from '../jobs/expiry/import/chain-pems.ts';
import { seeded } from '../support/seeded-random.ts';

const { root, crossSigned, intermediate, olderIntermediate, shop, long, unrelated, negative } = chainPems;

/** Each certificate with its end, those of its chain that come before it, and how many stand above it. */
function read(text: string) {
  const reading = readPem(text);
  if ('problem' in reading) return reading.problem;
  return reading.certificates.map(({ commonName, notAfter, chainEnds, above }) => [
    commonName,
    notAfter.toISOString().slice(0, 10),
    ...chainEnds.map((one) => `${one.name} ${one.notAfter.toISOString().slice(0, 10)}`),
    above.length,
  ]);
}

const shopEnd = ['shop.example.org', '2026-07-01'];

describe('the certificates of a text', () => {
  it.each([
    ['a leaf with an expired cross-signed root', [shop, intermediate, crossSigned], [[...shopEnd, 2]]],
    ['the same with the root that lasts', [shop, intermediate, crossSigned, root], [[...shopEnd, 2]]],
    ['root first', [root, intermediate, shop], [[...shopEnd, 2]]],
    ['an older certificate of the authority', [olderIntermediate, shop, intermediate], [[...shopEnd, 1]]],
    [
      'only the older one, which ends first',
      [shop, olderIntermediate],
      [[...shopEnd, 'Intermediate 2026-05-01', 1]],
    ],
    [
      'an authority that ends before its leaf',
      [long, intermediate, root],
      [['long.example.org', '2027-06-01', 'Intermediate 2027-03-01', 2]],
    ],
    [
      'two leaves of one authority',
      [shop, long, intermediate],
      [
        [...shopEnd, 1],
        ['long.example.org', '2027-06-01', 'Intermediate 2027-03-01', 1],
      ],
    ],
    [
      'two that have nothing to do with each other',
      [unrelated, shop],
      [
        ['other.example.org', '2026-07-20', 0],
        [...shopEnd, 0],
      ],
    ],
    ['the same one twice', [shop, shop], [[...shopEnd, 0]]],
    [
      'an authority in two editions of one key, neither of which signed the other',
      [root, crossSigned],
      [
        ['Root', '2045-01-01', 0],
        ['Root', '2024-06-01', 0],
      ],
    ],
  ])('%s', (_, pems, expected) => {
    expect(read(pems.join(''))).toEqual(expected);
    const backwards = read(pems.toReversed().join(''));
    expect(Array.isArray(backwards) ? backwards.toSorted() : backwards).toEqual(expected.toSorted());
  });

  it.each(['X509 CERTIFICATE', 'TRUSTED CERTIFICATE'])('%s is a certificate', (label) => {
    expect(read(shop.replaceAll('CERTIFICATE', label))).toEqual([[...shopEnd, 0]]);
  });
});

describe('a damaged text', () => {
  const cut = (text: string, from: number, to: number) => text.slice(0, from) + text.slice(to);
  it.each([
    ['cut in the second', shop + intermediate.slice(0, 200), 'a block has BEGIN CERTIFICATE and no END'],
    ['without its first line', cut(shop, 0, 28) + intermediate, 'has END CERTIFICATE and no BEGIN'],
    ['its first lines missing', shop.slice(200) + intermediate, 'has END CERTIFICATE and no BEGIN'],
    ['two grown together', shop.slice(0, 300) + intermediate, 'has BEGIN CERTIFICATE and no END'],
    ['another end', shop.replace('END CERTIFICATE', 'END PRIVATE KEY'), 'ends as PRIVATE KEY'],
    ['a dash less', shop.replace('-----BEGIN', '----BEGIN'), "its line 'BEGIN CERTIFICATE' is not complete"],
    [
      'two grown together within a line',
      shop.replace(/.{20}\n-----END[\s\S]*/, '--') + intermediate.slice(40),
      'more than base64',
    ],
    [
      'a block between two without its lines',
      shop + unrelated.replaceAll(/-----.*-----/g, '') + intermediate,
      'a block has no BEGIN line',
    ],
    ['no dashes', shop.replaceAll('-', ''), 'a block has no BEGIN line'],
  ])('%s is refused', (_, text, problem) => {
    const reading = readPem(text);
    expect(reading).toMatchObject({ problem: expect.stringMatching(/^it is damaged: /) });
    expect(reading).toMatchObject({ problem: expect.stringContaining(problem) });
  });

  it('whatever is cut out of three certificates, what is read is the whole or an error', () => {
    const random = seeded(17);
    const text = [shop, intermediate, unrelated].join('');
    let refused = 0;
    for (let round = 0; round < 500; round += 1) {
      const from = Math.floor(random() * text.length);
      const rest = cut(text, from, from + 1 + Math.floor(random() * 500));
      const reading = readPem(rest);
      if ('problem' in reading) {
        refused += 1;
        continue;
      }
      // Nothing but whole certificates, and nothing of another between them.
      expect(rest.replaceAll(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----|\s/g, '')).toBe('');
    }
    expect(refused).toBeGreaterThan(400);
  });

  it('a megabyte of markers is read in one pass', () => {
    for (const text of [
      '-'.repeat(1_000_000),
      'BEGIN '.repeat(170_000),
      '-----BEGIN A-----'.repeat(60_000),
    ]) {
      expect(readPem(text)).toHaveProperty('problem');
    }
  });
});

describe('what is no certificate is named, with the command that converts it', () => {
  const block = (label: string) => `-----BEGIN ${label}-----\nMIIB\n-----END ${label}-----\n`;
  it.each([
    [block('PKCS7'), 'openssl pkcs7 -in FILE -print_certs', 'other'],
    [block('CERTIFICATE REQUEST'), 'a certificate request (CSR)', 'request'],
    [block('NEW CERTIFICATE REQUEST'), 'a certificate request (CSR)', 'request'],
    [block('EC PARAMETERS') + block('EC PRIVATE KEY'), 'a private key, not', 'key'],
    [block('ENCRYPTED PRIVATE KEY'), 'protected by a password', 'key'],
    [block('PUBLIC KEY'), 'a public key', 'key'],
    [block('DH PARAMETERS'), 'parameters', 'parameters'],
    [block('X509 CRL'), 'revoked', 'other'],
    [Buffer.from(`\ufeff${shop}`, 'utf16le').toString('latin1'), 'iconv -f UTF-16', 'other'],
    [Buffer.from(shop, 'utf16le').toString('latin1'), 'iconv -f UTF-16', 'other'],
    [shop.repeat(51), 'it is a bundle', 'bundle'],
  ])('%#', (text, problem, content) => {
    expect(readPem(text)).toMatchObject({ problem: expect.stringContaining(problem), content });
  });

  it.each([
    ['3082010002010330', 'openssl pkcs12 -in FILE -nokeys'],
    ['3082010006092a864886f70d010702a0', 'openssl pkcs7 -inform DER'],
    ['308204bd020100300d', 'a private key, not'],
    ['3077020101042', 'a private key, not'],
    ['308201003081f4020100', 'a certificate request'],
    ['3082013c3081e5301c060a2a864886f70d010c0103', 'DER'],
    ['30', 'no PEM and no certificate in DER'],
  ])('DER that begins with %s', (hex, problem) => {
    expect(whyNotDer(Buffer.from(hex, 'hex')).problem).toContain(problem);
  });
});

it('a negative serial number is a number', () => {
  const reading = readPem(negative);
  if ('problem' in reading) throw new Error(reading.problem);
  const [{ serialNumber }] = reading.certificates;
  expect(
    ['-86961253', '-052eec65', '-05:2E:EC:65', '86961253', 'no number'].map((one) =>
      sameSerial(one, serialNumber),
    ),
  ).toEqual([true, true, true, false, false]);
});
