import type { NetworkFault } from './guarded-connector.ts';

export interface HttpGet {
  /** A secret: it is not in any fault. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes; an answer that is longer is a fault. */
  readonly longestBody: number;
  /** From the request to the end of the answer; default: the client's. */
  readonly totalMs?: number;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly kind: 'answer';
  readonly status: number;
  /** By lower-case name; of repeated headers the first, of Link all. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of a POST at most 64 KB of it. */
  readonly body: string;
  /** The same before it was decoded. */
  readonly bytes: Buffer;
}

export interface HttpFault extends NetworkFault {
  readonly kind: 'fault';
  /** The request was on its way: the other side may have acted on it. */
  readonly requested: boolean;
}

/** What else can go wrong when the whole body is wanted. */
export interface HttpBodyFault {
  readonly kind: 'fault';
  readonly fault: 'cut_off' | 'too_long';
}
