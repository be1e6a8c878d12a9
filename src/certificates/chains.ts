import type { X509Certificate } from 'node:crypto';

/*
 * Which certificates of one file belong together. The order in a file means nothing: servers, authorities and tools write it both
 * ways. A leaf is a certificate that issued none of the others; its chain is found by issuer and signature.
 */

/** A certificate with what is compared; the runtime computes it anew at every access. */
export interface ReadCertificate {
  readonly x509: X509Certificate;
  readonly fingerprint: string;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface Chain {
  readonly leaf: ReadCertificate;
  /** From the one that signed the leaf upwards; of several that could stand in a place the one that lasts longest. */
  readonly above: readonly ReadCertificate[];
}

/** Every certificate is in at least one chain: those that are only reached by each other have a leaf of their own. */
export function chainsOf(all: readonly ReadCertificate[]): readonly Chain[] {
  const certificates = [...new Map(all.map((one) => [one.fingerprint, one])).values()];
  const issuers = new Map(
    certificates.map((one) => [one, certificates.filter((other) => issued(other, one))]),
  );
  const parents = new Set([...issuers.values()].flat());
  const leaves = certificates.filter((one) => !parents.has(one));
  const reached = new Set<ReadCertificate>();
  const reach = (one: ReadCertificate): void => {
    if (reached.has(one)) return;
    reached.add(one);
    for (const issuer of issuers.get(one) ?? []) reach(issuer);
  };
  leaves.forEach(reach);
  // Two authorities that signed each other.
  for (const one of certificates) {
    if (reached.has(one)) continue;
    leaves.push(one);
    reach(one);
  }
  return leaves.map((leaf) => ({ leaf, above: chainAbove(leaf, issuers) }));
}

/** An authority that was renewed with its key has not issued its older self. */
function issued(issuer: ReadCertificate, one: ReadCertificate): boolean {
  return issuer.subject === one.issuer && !isSame(issuer, one) && isSignedBy(one, issuer);
}

function isSame(a: ReadCertificate, b: ReadCertificate): boolean {
  return a === b || (a.subject === b.subject && keyOf(a) === keyOf(b));
}

function keyOf({ x509, fingerprint }: ReadCertificate): string {
  try {
    return x509.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  } catch {
    // A kind of key that the runtime does not know is like no other.
    return fingerprint;
  }
}

function isSignedBy(one: ReadCertificate, issuer: ReadCertificate): boolean {
  try {
    return one.x509.verify(issuer.x509.publicKey);
  } catch {
    // A kind of key that the runtime does not know signed nothing that can be checked.
    return false;
  }
}

function chainAbove(
  leaf: ReadCertificate,
  issuers: ReadonlyMap<ReadCertificate, readonly ReadCertificate[]>,
): readonly ReadCertificate[] {
  const above: ReadCertificate[] = [];
  for (let one = leaf; ; ) {
    const [best] = (issuers.get(one) ?? []).toSorted((a, b) => b.notAfter.getTime() - a.notAfter.getTime());
    if (best === undefined || best === leaf || above.includes(best)) return above;
    above.push(best);
    one = best;
  }
}

/**
 * The certificates above a leaf whose end ends the leaf before its own: no self-signed root, which clients have themselves, and none
 * that had ended when the leaf was issued, which it never needed.
 */
export function endingBefore({ leaf, above }: Chain): readonly ReadCertificate[] {
  const needed: ReadCertificate[] = [];
  for (const one of above) {
    if (one.subject === one.issuer || one.notAfter < leaf.notBefore) break;
    if (one.notAfter < leaf.notAfter) needed.push(one);
  }
  return needed;
}
