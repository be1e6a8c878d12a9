/*
 * What stands in a PEM text (RFC 7468): its blocks, or why it is damaged. A text of which a part is missing is refused whole: what
 * is left of it would look like a file with fewer certificates.
 */

/** What a text is that holds no certificate. In a folder `key`, `request`, `parameters` and `bundle` are expected and skipped. */
export type OtherContent = 'key' | 'request' | 'parameters' | 'bundle' | 'other';

export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`. */
  readonly label: string;
  /** The block with its two lines. */
  readonly text: string;
}

export type PemBlocks = { readonly blocks: readonly PemBlock[] } | { readonly damage: string };

/** Whatever begins or ends a block, also where somebody cut or mistyped it. Bounded: a megabyte of it is read in one pass. */
const marker = /\b(BEGIN|END) ([A-Z0-9#][A-Z0-9# ]{0,40}?)[ \t]{0,3}(-{1,6}|[^A-Z0-9# -]|$)/gm;

/** Words of the labels that a certificate's file may have; others in a comment are no damage. */
const known = /CERTIFICATE|KEY|PARAMETERS|PKCS|CMS|CRL/;

/** What stands between two blocks and looks like a part of one. */
const strayBase64 = /^[ \t]*[A-Za-z0-9+/]{60,76}={0,2}[ \t\r]*$/m;

export function pemBlocks(text: string): PemBlocks {
  const blocks: PemBlock[] = [];
  let open: { readonly label: string; readonly from: number } | undefined;
  let last = 0;
  for (const match of text.matchAll(marker)) {
    const [all, word, label = '', after = ''] = match;
    const before = text.slice(Math.max(0, match.index - 6), match.index);
    if (!/(^|[^-])-----$/.test(before) || after !== '-----' || !all.endsWith(`${label}-----`)) {
      if (!known.test(label) || !(before.endsWith('-') || after.startsWith('-'))) continue;
      return damaged(`its line '${word} ${label}' is not complete`);
    }
    const from = match.index - 5;
    const to = match.index + all.length;
    if (word === 'BEGIN') {
      if (open !== undefined) return damaged(`a block has BEGIN ${open.label} and no END`);
      if (strayBase64.test(text.slice(last, from))) return damaged('a block has no BEGIN line');
      open = { label, from };
      continue;
    }
    if (open === undefined) return damaged(`a block has END ${label} and no BEGIN`);
    if (open.label !== label) return damaged(`a block begins as ${open.label} and ends as ${label}`);
    const block = { label, text: text.slice(open.from, to) };
    // OpenSSL reads up to the first character that is none of base64, and what follows would be lost.
    if (isCertificate(block) && !/^-----[^-]+-----[A-Za-z0-9+/=\s]*-----[^-]+-----$/.test(block.text)) {
      return damaged(`between its ${label} lines is more than base64`);
    }
    blocks.push(block);
    open = undefined;
    last = to;
  }
  if (open !== undefined) return damaged(`a block has BEGIN ${open.label} and no END`);
  if (strayBase64.test(text.slice(last))) return damaged('a block has no BEGIN line');
  return { blocks };
}

function damaged(what: string): { readonly damage: string } {
  return { damage: `it is damaged: ${what}` };
}

const certificateLabels = ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'];

export function isCertificate({ label }: PemBlock): boolean {
  return certificateLabels.includes(label);
}

export function isPrivateKey({ label }: PemBlock): boolean {
  return label.endsWith('PRIVATE KEY');
}

export interface NoCertificate {
  readonly problem: string;
  readonly content: OtherContent;
}

/** What a text without a certificate is, and how one is made of it. */
export function whyNone(text: string, blocks: readonly PemBlock[]): NoCertificate {
  const key = blocks.find(isPrivateKey);
  const labels = blocks.map(({ label }) => label);
  if (labels.some((label) => label === 'PKCS7' || label === 'CMS')) return pkcs7('');
  if (key !== undefined) {
    const locked = key.label.startsWith('ENCRYPTED') || /^Proc-Type: 4,ENCRYPTED/m.test(key.text);
    return privateKey(locked);
  }
  if (labels.some((label) => label.endsWith('CERTIFICATE REQUEST'))) return request;
  if (labels.some((label) => label.endsWith('PARAMETERS'))) {
    return { content: 'parameters', problem: 'it holds parameters of keys, not a certificate' };
  }
  if (labels.some((label) => label.endsWith('PUBLIC KEY'))) {
    return { content: 'key', problem: 'it is a public key, not a certificate' };
  }
  if (labels.includes('X509 CRL')) {
    return { content: 'other', problem: 'it is a list of revoked certificates, not a certificate' };
  }
  if (isUtf16(text)) {
    return {
      content: 'other',
      problem: 'it is text in UTF-16: convert it with `iconv -f UTF-16 -t UTF-8 FILE > FILE.pem`',
    };
  }
  return { content: 'other', problem: 'it holds no certificate in PEM' };
}

/** A zero byte beside each letter. */
function isUtf16(text: string): boolean {
  return /^(\xff\xfe|\xfe\xff|\ufeff)/.test(text) ? text.includes('\0') : /^(\0-\0-|-\0-\0)/.test(text);
}

function privateKey(locked: boolean): NoCertificate {
  const how = locked ? 'a private key, protected by a password, and not' : 'a private key, not';
  return { content: 'key', problem: `it is ${how} a certificate` };
}

const request: NoCertificate = {
  content: 'request',
  problem:
    'it is a certificate request (CSR), not a certificate: import what the authority issued for it; `openssl req -in FILE -noout -subject` shows its name',
};

function pkcs7(inform: '' | '-inform DER '): NoCertificate {
  return {
    content: 'other',
    problem: `it is PKCS #7: convert it with \`openssl pkcs7 ${inform}-in FILE -print_certs -out FILE.pem\``,
  };
}

/** What a file in DER is that is no certificate. */
export function whyNotDer(bytes: Uint8Array): NoCertificate {
  const hex = Buffer.from(bytes.subarray(0, 64)).toString('hex');
  // SEQUENCE and its length: 30 and one byte, or 81 to 84 and so many bytes more.
  const inner = hex.replace(/^30(8[1-4])?/, (all) => ' '.repeat(all.length));
  const lengthBytes = /^ {4}/.test(inner) ? Number(hex.slice(3, 4)) : 1;
  const first = inner.trimStart().slice(lengthBytes * 2);
  if (first.startsWith('020103')) {
    return {
      content: 'other',
      problem:
        'it is PKCS #12: convert it with `openssl pkcs12 -in FILE -nokeys -out FILE.pem`, which asks for its password',
    };
  }
  if (first.startsWith('06092a864886f70d010702')) return pkcs7('-inform DER ');
  if (/^0201(00|01)/.test(first)) return privateKey(false);
  if (/^30(8[12])?[0-9a-f]{2,4}(06092a864886f70d01050d|060a2a864886f70d010c01)/.test(first))
    return privateKey(true);
  if (/^30(82[0-9a-f]{4}|81[0-9a-f]{2}|[0-7][0-9a-f])020100/.test(first)) return request;
  return { content: 'other', problem: 'it is no PEM and no certificate in DER' };
}
