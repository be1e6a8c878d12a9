import { X509Certificate } from 'node:crypto';

/** What a PEM text says of the certificate that it holds. */
export interface CertificateFacts {
  /** SHA-256 of the first certificate, in hex. */
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** The earliest end in the chain. */
  readonly endsAt: Date;
  readonly commonName: string | null;
  /** As OpenSSL writes them. */
  readonly altNames: string | null;
  /** Hexadecimal. */
  readonly serialNumber: string;
  /** Every part of the subject, a line each. */
  readonly subject: string;
  /** Unit or organisation of the subject; null: neither is given. */
  readonly organisation: string | null;
  /** Common name or organisation of who signed it; null: neither is given. */
  readonly issuer: string | null;
  /** The certificates and nothing else that stood there, the first one first. */
  readonly chain: string;
  /** The first certificate in base64, as it stands between its two lines, in one line. */
  readonly leaf: string;
}

export type PemReading =
  | { readonly facts: CertificateFacts; readonly hasPrivateKey: boolean }
  | { readonly problem: string; readonly hasPrivateKey: boolean };

/** More than any chain has: what holds more is a bundle, of which the first certificate means nothing. */
const mostCertificates = 50;

/** Reads the certificates of a PEM text, the first of which is the one that it is about. Says nothing of what else stands there. */
export function readPem(text: string): PemReading {
  const hasPrivateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text);
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length > mostCertificates) {
    return { problem: `it holds ${blocks.length} certificates: it is a bundle, not a chain`, hasPrivateKey };
  }
  const chain = blocks.map(parse);
  const [leaf] = chain;
  if (leaf === undefined) return { problem: whyNone(text, hasPrivateKey), hasPrivateKey };
  const read = chain.filter((one) => one !== null);
  if (leaf === null || read.length < chain.length) {
    return { problem: 'its certificate cannot be read', hasPrivateKey };
  }
  const ends = read.map((one) => Date.parse(one.validTo));
  const facts = {
    fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: new Date(leaf.validFrom),
    notAfter: new Date(leaf.validTo),
    endsAt: new Date(Math.min(...ends)),
    commonName: partOf(leaf.subject, 'CN'),
    altNames: leaf.subjectAltName ?? null,
    serialNumber: leaf.serialNumber,
    subject: leaf.subject ?? '',
    organisation: partOf(leaf.subject, 'OU') ?? partOf(leaf.subject, 'O'),
    issuer: partOf(leaf.issuer, 'CN') ?? partOf(leaf.issuer, 'O'),
    chain: read.map((one) => one.toString()).join(''),
    leaf: leaf.raw.toString('base64'),
  };
  const known = [facts.notBefore, facts.notAfter, facts.endsAt].every(
    (date) => !Number.isNaN(date.getTime()),
  );
  return known ? { facts, hasPrivateKey } : { problem: 'its dates cannot be read', hasPrivateKey };
}

function whyNone(text: string, hasPrivateKey: boolean): string {
  if (!hasPrivateKey) return 'it holds no certificate in PEM';
  return /BEGIN ENCRYPTED PRIVATE KEY|^Proc-Type: 4,ENCRYPTED/m.test(text)
    ? 'it is a private key, protected by a password, and not a certificate'
    : 'it is a private key, not a certificate';
}

/** A part of a name in the lines of OpenSSL; a certificate without a subject has no lines at all. */
function partOf(name: string | undefined, part: 'CN' | 'OU' | 'O'): string | null {
  return new RegExp(`^${part}=(.*)$`, 'm').exec(name ?? '')?.[1] ?? null;
}

function parse(block: string): X509Certificate | null {
  try {
    return new X509Certificate(block);
  } catch {
    // Whatever OpenSSL says of it: it is not a certificate, which the caller tells.
    return null;
  }
}

/** The same number, written in hexadecimal with or without colons, or in decimal. */
export function sameSerial(recorded: string, hex: string): boolean {
  const plain = recorded.trim().toLowerCase().replace(/^0x/, '').replaceAll(/[\s:]/g, '');
  const actual = BigInt(`0x${hex}`);
  if (/^\d+$/.test(plain) && BigInt(plain) === actual) return true;
  return /^[0-9a-f]+$/.test(plain) && BigInt(`0x${plain}`) === actual;
}

/** The names of `subjectAltName`, in its order; OpenSSL puts those that hold a comma into quotation marks. */
export function otherNames(altNames: string | null): readonly string[] {
  return [...(altNames ?? '').matchAll(/(?:^|, )[A-Za-z ]+:("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(
    ([, name = '']) => name.replace(/^"(.*)"$/, '$1'),
  );
}

/** Is the recorded name the certificate's common name, or one of its others? */
export function sameName(recorded: string, commonName: string | null, altNames: string | null): boolean {
  const wanted = recorded.trim().toLowerCase();
  return [commonName ?? '', ...otherNames(altNames)].some((name) => name.toLowerCase() === wanted);
}
