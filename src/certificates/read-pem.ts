import { X509Certificate } from 'node:crypto';
import { type Chain, chainsOf, endingBefore, type ReadCertificate } from './chains.ts';
import { isCertificate, isPrivateKey, type OtherContent, pemBlocks, whyNone } from './pem-blocks.ts';

/** An end that a certificate brings: its own, or the earlier one of a certificate above it that it needs. */
export interface CertificateEnd {
  /** SHA-256 of the certificate that ends, in hex. */
  readonly fingerprint: string;
  /** Its common name or organisation; null: neither is given. */
  readonly name: string | null;
  readonly notAfter: Date;
}

/** What a PEM text says of a certificate and of those above it. */
export interface CertificateFacts {
  /** SHA-256, in hex. */
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Those of its chain that end before it does. */
  readonly chainEnds: readonly CertificateEnd[];
  readonly commonName: string | null;
  /** As OpenSSL writes them. */
  readonly altNames: string | null;
  /** Hexadecimal; of a negative one with its sign. */
  readonly serialNumber: string;
  /** Every part of the subject, a line each. */
  readonly subject: string;
  /** Unit or organisation of the subject; null: neither is given. */
  readonly organisation: string | null;
  /** Common name or organisation of who signed it; null: neither is given. */
  readonly issuer: string | null;
  /** May it sign others? */
  readonly isAuthority: boolean;
  /** The certificate and those above it and nothing else that stood there. */
  readonly chain: string;
  /** SHA-256 of those above it. */
  readonly above: readonly string[];
  /** The certificate in base64, as it stands between its two lines, in one line. */
  readonly leaf: string;
}

export type PemReading =
  | {
      /** One for each certificate that issued none of the others. */
      readonly certificates: readonly [CertificateFacts, ...CertificateFacts[]];
      readonly hasPrivateKey: boolean;
    }
  | { readonly problem: string; readonly content: OtherContent; readonly hasPrivateKey: boolean };

/** More than any server has: what holds more is a bundle of authorities. */
const mostCertificates = 50;

/** Reads the certificates of a PEM text: the whole of it, or why not. Says nothing of what else stands there. */
export function readPem(text: string): PemReading {
  const hasPrivateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text);
  const refused = (problem: string, content: OtherContent = 'other') => ({ problem, content, hasPrivateKey });
  const found = pemBlocks(text);
  if ('damage' in found) return refused(found.damage);
  const blocks = found.blocks.filter(isCertificate);
  if (blocks.length === 0) {
    const { problem, content } = whyNone(text, found.blocks);
    return refused(problem, content);
  }
  if (blocks.length > mostCertificates) {
    return refused(`it holds ${blocks.length} certificates: it is a bundle, not a chain`, 'bundle');
  }
  const read = blocks.map(({ text: block }) => parse(block));
  const certificates = read.filter((one) => one !== null);
  if (certificates.length < read.length) return refused('its certificate cannot be read');
  const dated = certificates.every(({ notBefore, notAfter }) => isKnown(notBefore) && isKnown(notAfter));
  if (!dated) return refused('its dates cannot be read');
  const [first, ...others] = chainsOf(certificates).map(factsOf);
  if (first === undefined) return refused('it holds no certificate in PEM');
  return { certificates: [first, ...others], hasPrivateKey: found.blocks.some(isPrivateKey) };
}

function factsOf(chain: Chain): CertificateFacts {
  const { leaf, above } = chain;
  const { x509 } = leaf;
  return {
    fingerprint: leaf.fingerprint,
    notBefore: leaf.notBefore,
    notAfter: leaf.notAfter,
    chainEnds: endingBefore(chain).map(({ fingerprint, subject, notAfter }) => ({
      fingerprint,
      name: partOf(subject, 'CN') ?? partOf(subject, 'O'),
      notAfter,
    })),
    commonName: partOf(leaf.subject, 'CN'),
    altNames: x509.subjectAltName ?? null,
    serialNumber: x509.serialNumber,
    subject: leaf.subject,
    organisation: partOf(leaf.subject, 'OU') ?? partOf(leaf.subject, 'O'),
    issuer: partOf(leaf.issuer, 'CN') ?? partOf(leaf.issuer, 'O'),
    isAuthority: x509.ca,
    chain: [leaf, ...above].map((one) => one.x509.toString()).join(''),
    above: above.map(({ fingerprint }) => fingerprint),
    leaf: x509.raw.toString('base64'),
  };
}

/** A part of a name in the lines of OpenSSL; a certificate without a subject has no lines at all. */
function partOf(name: string, part: 'CN' | 'OU' | 'O'): string | null {
  return new RegExp(`^${part}=(.*)$`, 'm').exec(name)?.[1] ?? null;
}

function parse(block: string): ReadCertificate | null {
  let x509: X509Certificate;
  try {
    x509 = new X509Certificate(block);
  } catch {
    // Whatever OpenSSL says of it: it is not a certificate, which the caller tells.
    return null;
  }
  return {
    x509,
    fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    // Undefined where there is no subject, whatever its type says.
    subject: x509.subject ?? '',
    issuer: x509.issuer ?? '',
    notBefore: dateOf(x509.validFrom),
    notAfter: dateOf(x509.validTo),
  };
}

/** `Dec 20 10:03:24 2026 GMT`; a year of fewer than four digits would be read as one of this century. */
function dateOf(text: string): Date {
  return new Date(/ [1-9]\d{3} GMT$/.test(text) ? text : Number.NaN);
}

function isKnown(date: Date): boolean {
  return !Number.isNaN(date.getTime());
}
