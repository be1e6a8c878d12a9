import { randomBytes } from 'node:crypto';

/**
 * HalfSipHash-1-3 of 64 bits (Aumasson and Bernstein) under a key of this process: whoever writes the files cannot choose two values with
 * the same hash, and two others have it once in 2^64 pairs. A hash of node:crypto takes ten times as long for so few bytes.
 */
export class KeyedHash {
  readonly #key0: number;
  readonly #key1: number;
  /** Of the bytes that were given last; unsigned. */
  low = 0;
  high = 0;

  constructor(key = randomBytes(8)) {
    this.#key0 = key.readUInt32LE(0);
    this.#key1 = key.readUInt32LE(4);
  }

  /** Of so many bytes, with zeros up to the next word; sets {@link low} and {@link high}. */
  of(words: Int32Array, length: number): void {
    let v0 = this.#key0;
    let v1 = this.#key1 ^ 0xee;
    let v2 = this.#key0 ^ 0x6c796765;
    let v3 = this.#key1 ^ 0x74656462;
    const count = (length + 3) >> 2;
    // The words, their length, then three rounds for each half of the result.
    for (let step = 0; step < count + 7; step += 1) {
      let word = 0;
      if (step <= count) {
        word = step === count ? length : (words[step] ?? 0);
        v3 ^= word;
      } else if (step === count + 1) v2 ^= 0xee;
      else if (step === count + 4) {
        this.low = (v1 ^ v3) >>> 0;
        v1 ^= 0xdd;
      }
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    this.high = (v1 ^ v3) >>> 0;
  }
}
