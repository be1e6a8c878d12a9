import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

/*
 * Real certificates (X.509 in DER), signed by keys that last as long as the test: for servers of TLS on loopback. Only as much of ASN.1
 * as that takes.
 */

const day = 86_400_000;

export interface MadeCertificate {
  readonly pem: string;
  readonly key: string;
  readonly notAfter: Date;
  /** As `openssl x509 -fingerprint -sha256` shows it, in small letters and without colons. */
  readonly fingerprint: string;
}

export interface Wanted {
  /** Default: none. */
  readonly name?: string;
  /** DNS names and IPv4 addresses. Default: the name. */
  readonly names?: readonly string[];
  /** Days from now; default: yesterday. */
  readonly from?: number;
  readonly days?: number;
  /** Default: it signs itself. */
  readonly by?: Authority;
  readonly authority?: boolean;
}

export interface Authority extends MadeCertificate {
  readonly subject: Buffer;
  readonly privateKey: KeyObject;
}

export function makeCertificate(wanted: Wanted, now = new Date()): Authority {
  const {
    name = '',
    names = name === '' ? [] : [name],
    from = -1,
    days = 90,
    by,
    authority = false,
  } = wanted;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = sequence(
    ...(name === '' ? [] : [set(sequence(oid('550403'), tagged(0x0c, Buffer.from(name))))]),
  );
  const notAfter = new Date(Math.floor((now.getTime() + days * day) / 1000) * 1000);
  const extensions = [
    ...(authority
      ? [
          sequence(
            oid('551d13'),
            tagged(1, Buffer.from([0xff])),
            octets(sequence(tagged(1, Buffer.from([0xff])))),
          ),
        ]
      : []),
    ...(names.length === 0 ? [] : [sequence(oid('551d11'), octets(sequence(...names.map(generalName))))]),
  ];
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsa,
    by?.subject ?? subject,
    sequence(time(new Date(now.getTime() + from * day)), time(notAfter)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [tagged(0xa3, sequence(...extensions))]),
  );
  const signature = sign('sha256', body, by?.privateKey ?? privateKey);
  const der = sequence(body, ecdsa, tagged(3, Buffer.concat([Buffer.from([0]), signature])));
  const lines = der.toString('base64').replaceAll(/.{64}/g, '$&\n');
  return {
    pem: `-----BEGIN CERTIFICATE-----\n${lines.trimEnd()}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    notAfter,
    fingerprint: createHash('sha256').update(der).digest('hex'),
    subject,
    privateKey,
  };
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Buffer[]) => tagged(0x30, Buffer.concat(parts));
const set = (...parts: readonly Buffer[]) => tagged(0x31, Buffer.concat(parts));
const integer = (content: Buffer) => tagged(2, content);
const octets = (content: Buffer) => tagged(4, content);
const oid = (hex: string) => tagged(6, Buffer.from(hex, 'hex'));
const ecdsa = sequence(oid('2a8648ce3d040302'));

/** GeneralizedTime, in every year. */
function time(at: Date): Buffer {
  return tagged(0x18, Buffer.from(`${at.toISOString().replaceAll(/[-:T]|\.\d+/g, '')}`));
}

function generalName(name: string): Buffer {
  return isIPv4(name)
    ? tagged(0x87, Buffer.from(name.split('.').map(Number)))
    : tagged(0x82, Buffer.from(name));
}
