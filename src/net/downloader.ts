import type { GuardOptions, NetworkFault } from './guarded-connector.ts';
import { headersOf } from './headers.ts';
import { proxyAnswered } from './proxy-fault.ts';
import { openRoutes, type Routes } from './routes.ts';

/*
 * GET of answers that are too large to hold: the body is given as it comes. Redirects are not followed, nothing is repeated, and
 * connections go only where they may.
 */

export interface DownloadRequest {
  /** `http:` or `https:`; it may be a secret, and is in no fault. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** From the request to the end of the body. */
  readonly totalMs: number;
  /** Bytes; a longer body is a fault. */
  readonly longestBody: number;
}

export interface Download {
  readonly kind: 'answer';
  readonly status: number;
  /** By lower-case name; as headersOf gives them. */
  readonly headers: Readonly<Record<string, string>>;
  /** @throws DownloadFault */
  readonly body: AsyncGenerator<Buffer>;
  /** Instead of reading the body, so that the connection is free again. */
  discard(): Promise<void>;
}

/** A body that is not whole. */
export class DownloadFault extends Error {
  override readonly name = 'DownloadFault';
  readonly fault: NetworkFault['fault'] | 'too_long';

  constructor(fault: NetworkFault['fault'] | 'too_long') {
    super(fault);
    this.fault = fault;
  }
}

export interface Downloader {
  /** Never rejects. */
  get(request: DownloadRequest): Promise<Download | ({ readonly kind: 'fault' } & NetworkFault)>;
  close(): Promise<void>;
}

export function createDownloader(options: GuardOptions): Downloader {
  const routes = openRoutes({
    ...options,
    guard: options,
    connectMs: 10_000,
    agent: { headersTimeout: 60_000, bodyTimeout: 30_000, connections: 1, pipelining: 1 },
  });
  return { get: (request) => get(routes, request), close: () => routes.destroy() };
}

async function get(
  routes: Routes,
  { url, headers, signal, totalMs, longestBody }: DownloadRequest,
): Promise<Download | ({ readonly kind: 'fault' } & NetworkFault)> {
  const late = AbortSignal.timeout(totalMs);
  const why = (error: unknown): NetworkFault => {
    if (signal.aborted) return { fault: 'aborted' };
    if (late.aborted) return { fault: 'timed_out' };
    return routes.faultOf(error instanceof Error ? error : new Error(String(error)), url);
  };
  try {
    const { agent, forwardedBy, ...route } = routes.to(url, headers);
    const answer = await agent.request({
      ...route,
      method: 'GET',
      signal: AbortSignal.any([signal, late]),
    });
    if (forwardedBy !== undefined && answer.statusCode === 407) {
      await answer.body.dump();
      throw proxyAnswered(forwardedBy, answer.statusCode);
    }
    async function* body(): AsyncGenerator<Buffer> {
      let size = 0;
      try {
        for await (const chunk of answer.body) {
          const piece = Buffer.from(chunk);
          size += piece.length;
          if (size > longestBody) throw new DownloadFault('too_long');
          yield piece;
        }
      } catch (error) {
        throw error instanceof DownloadFault ? error : new DownloadFault(why(error).fault);
      }
    }
    return {
      kind: 'answer',
      status: answer.statusCode,
      headers: headersOf(answer.headers),
      body: body(),
      // What is too long for this is cut off, and so is the connection.
      discard: () =>
        answer.body.dump().then(
          () => undefined,
          () => undefined,
        ),
    };
  } catch (error) {
    return { kind: 'fault', ...why(error) };
  }
}
