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
}

export type PemReading =
  | { readonly facts: CertificateFacts; readonly hasPrivateKey: boolean }
  | { readonly problem: string; readonly hasPrivateKey: boolean };

/** More than any chain has. */
const mostCertificates = 50;

/** Reads the certificates of a PEM text, the first of which is the one that it is about. Says nothing of what else stands there. */
export function readPem(text: string): PemReading {
  const hasPrivateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text);
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const chain = blocks.slice(0, mostCertificates).map(parse);
  const [leaf] = chain;
  if (leaf === undefined) {
    return {
      problem: hasPrivateKey ? 'it is a private key, not a certificate' : 'it holds no certificate in PEM',
      hasPrivateKey,
    };
  }
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
    commonName: /^CN=(.*)$/m.exec(leaf.subject)?.[1] ?? null,
    altNames: leaf.subjectAltName ?? null,
    serialNumber: leaf.serialNumber,
  };
  const known = [facts.notBefore, facts.notAfter, facts.endsAt].every(
    (date) => !Number.isNaN(date.getTime()),
  );
  return known ? { facts, hasPrivateKey } : { problem: 'its dates cannot be read', hasPrivateKey };
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

/** Is the recorded name the certificate's common name, or one of its others? */
export function sameName(recorded: string, commonName: string | null, altNames: string | null): boolean {
  const wanted = recorded.trim().toLowerCase();
  const names = (altNames ?? '').split(', ').map((name) => name.replace(/^[A-Za-z ]+:/, ''));
  return [commonName ?? '', ...names].some((name) => name.toLowerCase() === wanted);
}
