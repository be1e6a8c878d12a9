import { plainText } from '../../text/plain-text.ts';
import { DerError, type DerElement, der, derTag, inside, readDer } from './der.ts';

/*
 * Time stamps of RFC 3161: what is asked, and what of the answer is checked here. The signature is checked by `openssl ts -verify`
 * and not here: whoever relies on a time stamp does so without this program.
 */

export interface TimestampQuestion {
  /** SHA-256, 32 bytes: the record head itself. */
  readonly hash: Buffer;
  /** Eight random bytes. */
  readonly nonce: Buffer;
}

/** Why an answer is no time stamp of what was asked, as a clause. */
export class TimestampRefused extends Error {
  override readonly name = 'TimestampRefused';
}

const sha256Oid = Buffer.from('608648016503040201', 'hex');
const signedDataOid = Buffer.from('2a864886f70d010702', 'hex');
const tstInfoOid = Buffer.from('2a864886f70d0109100104', 'hex');

/** TimeStampReq, with the certificate of the signer in the answer. */
export function timestampRequest({ hash, nonce }: TimestampQuestion): Buffer {
  const algorithm = der(derTag.sequence, der(derTag.oid, sha256Oid), der(derTag.null));
  return der(
    derTag.sequence,
    der(derTag.integer, Buffer.from([1])),
    der(derTag.sequence, algorithm, der(derTag.octets, hash)),
    der(derTag.integer, positive(nonce)),
    der(derTag.boolean, Buffer.from([0xff])),
  );
}

/** Without leading zeros that DER forbids, and never negative. */
function positive(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Buffer.from([0]) : bytes.subarray(start);
  return (digits[0] ?? 0) < 0x80 ? digits : Buffer.concat([Buffer.from([0]), digits]);
}

/**
 * The instant of a TimeStampResp that answers the question; without `nonce`, of one that was stored.
 *
 * @throws TimestampRefused
 */
export function timestampOf(
  response: Buffer,
  question: Pick<TimestampQuestion, 'hash'> & Partial<TimestampQuestion>,
): Date {
  try {
    return read(response, question);
  } catch (error) {
    if (error instanceof DerError)
      throw new TimestampRefused(`the answer is no time stamp: ${error.message}`);
    throw error;
  }
}

function read(
  response: Buffer,
  { hash, nonce }: Pick<TimestampQuestion, 'hash'> & Partial<TimestampQuestion>,
): Date {
  const whole = readDer(response);
  if (whole.length !== 1) throw new DerError('something follows it');
  const answer = readDer(inside(whole, 0, derTag.sequence));
  const about = readDer(inside(answer, 0, derTag.sequence));
  const status = inside(about, 0, derTag.integer);
  // 0: granted; 1: granted, with changes to what was asked.
  if (status.length !== 1 || (status[0] ?? 2) > 1) throw new TimestampRefused(refusalOf(about));
  const info = readDer(infoOf(inside(answer, 1, derTag.sequence)));
  const imprint = readDer(inside(info, 2, derTag.sequence));
  const algorithm = readDer(inside(imprint, 0, derTag.sequence));
  if (!inside(algorithm, 0, derTag.oid).equals(sha256Oid) || !inside(imprint, 1, derTag.octets).equals(hash))
    throw new TimestampRefused('the answer is a time stamp of something else');
  const given = info.slice(5).find(({ tag }) => tag === derTag.integer);
  if (nonce !== undefined && given?.content.equals(positive(nonce)) !== true)
    throw new TimestampRefused('the answer is one to another question');
  return timeOf(inside(info, 4, derTag.generalizedTime).toString('latin1'));
}

function refusalOf(about: readonly DerElement[]): string {
  const texts = about[1]?.tag === derTag.sequence ? readDer(about[1].content) : [];
  const said = plainText(texts.map(({ content }) => content.toString('utf8')).join(' ')).trim();
  return `the service refused${said === '' ? '' : `: ${said.slice(0, 200)}`}`;
}

/** TSTInfo, from ContentInfo, SignedData and EncapsulatedContentInfo. */
function infoOf(contentInfo: Buffer): Buffer {
  const content = readDer(contentInfo);
  if (!inside(content, 0, derTag.oid).equals(signedDataOid)) throw new DerError('it has no signed data');
  const signed = readDer(inside(readDer(inside(content, 1, derTag.explicit0)), 0, derTag.sequence));
  const encapsulated = readDer(inside(signed, 2, derTag.sequence));
  if (!inside(encapsulated, 0, derTag.oid).equals(tstInfoOid)) throw new DerError('it is about no time');
  const octets = inside(readDer(inside(encapsulated, 1, derTag.explicit0)), 0, derTag.octets);
  return inside(readDer(octets), 0, derTag.sequence);
}

function timeOf(text: string): Date {
  const [, year, month, day, hour, minute, second, rest = ''] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d+)?Z$/.exec(text) ?? [];
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${rest.slice(0, 4)}Z`);
  if (Number.isNaN(time.getTime())) throw new DerError('it has no time that can be read');
  return time;
}
