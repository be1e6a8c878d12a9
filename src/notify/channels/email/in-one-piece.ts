import { type Readable, Transform, type TransformCallback } from 'node:stream';

/** Holds a text back until it is whole. */
class OnePiece extends Transform {
  readonly #pieces: Buffer[] = [];

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#pieces.push(piece);
    done();
  }

  override _flush(done: TransformCallback): void {
    done(null, Buffer.concat(this.#pieces));
  }
}

/**
 * A mail as one piece: nodemailer writes every header and every few lines of a body to the socket by itself, which costs more than
 * all else of sending it. What is held is one mail a connection, and its length is limited before it is made.
 */
export function inOnePiece(content: Readable): Readable {
  const whole = new OnePiece();
  content.once('error', (error) => whole.destroy(error));
  return content.pipe(whole);
}
