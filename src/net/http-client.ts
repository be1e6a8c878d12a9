import type { Dispatcher } from 'undici';
import type { GuardOptions, NetworkFault } from './guarded-connector.ts';
import { headersOf } from './headers.ts';
import type { HttpAnswer, HttpBodyFault, HttpFault, HttpGet } from './http-answer.ts';
import type { HttpProxy } from './http-proxies.ts';
import { proxyAnswered } from './proxy-fault.ts';
import { openRoutes, type Routes } from './routes.ts';

/*
 * POST and GET to an address that may be slow, broken or hostile. The answer is given up after a time and a size, redirects
 * are not followed, and where the connection goes is checked when it is made (destination-guard.ts). Of a POST the status is
 * what counts, and as much of the body as came; of a GET the body, so that one that is not whole is a fault.
 *
 * Errors of the network name the host, the address or parts of the URL in their messages, so none of them leaves this file:
 * a fault is one of a few kinds.
 */

export interface HttpTimeouts {
  readonly connectMs: number;
  /** From the request to the first line of the answer. */
  readonly headersMs: number;
  /** Between two pieces of the answer's body. */
  readonly bodyMs: number;
  /** All of it. */
  readonly totalMs: number;
}

const defaultTimeouts: HttpTimeouts = {
  connectMs: 10_000,
  headersMs: 20_000,
  bodyMs: 10_000,
  totalMs: 30_000,
};

export interface HttpClientOptions extends GuardOptions {
  readonly timeouts?: HttpTimeouts;
}

export interface HttpRequest {
  /** A secret: it is not in any fault. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  readonly signal?: AbortSignal;
}

export interface HttpClient {
  /** Never rejects. */
  post(request: HttpRequest): Promise<HttpAnswer | HttpFault>;
  /** Never rejects. An answer's body is whole. */
  get(request: HttpGet): Promise<HttpAnswer | HttpFault | HttpBodyFault>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

const longestBody = 64 * 1024;

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const timeouts = options.timeouts ?? defaultTimeouts;
  const routes = openRoutes({
    ...options,
    guard: options,
    connectMs: timeouts.connectMs,
    agent: {
      headersTimeout: timeouts.headersMs,
      bodyTimeout: timeouts.bodyMs,
      connections: 8,
      pipelining: 1,
    },
  });
  return {
    post: ({ body, ...request }) =>
      exchange(routes, timeouts.totalMs, {
        ...request,
        method: 'POST',
        sent: body,
        longestBody,
        partial: (answer) => answer,
      }),
    get: (request) =>
      exchange(routes, timeouts.totalMs, {
        ...request,
        method: 'GET',
        sent: null,
        partial: (_, why): HttpFault | HttpBodyFault =>
          why === 'cut_off' || why === 'too_long'
            ? { kind: 'fault', fault: why }
            : { kind: 'fault', fault: why, requested: true },
      }),
    close: () => routes.close(),
  };
}

/** Why a body is not whole. */
type Shortfall = 'cut_off' | 'too_long' | 'timed_out' | 'aborted';

interface ExchangeRequest<T> extends HttpGet {
  readonly method: 'GET' | 'POST';
  readonly sent: string | Buffer | null;
  /** What becomes of an answer whose body is not whole. */
  readonly partial: (answer: HttpAnswer, why: Shortfall) => T;
}

async function exchange<T>(
  routes: Routes,
  totalMs: number,
  request: ExchangeRequest<T>,
): Promise<HttpAnswer | HttpFault | T> {
  const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return { kind: 'fault', fault: 'invalid_url', requested: false };
  }
  return new Exchange(routes, url, request, request.totalMs ?? totalMs).answer;
}

/** One request and what came of it. */
class Exchange<T> implements Dispatcher.DispatchHandler {
  readonly answer: Promise<HttpAnswer | HttpFault | T>;
  readonly #request: ExchangeRequest<T>;
  readonly #faultOf: (error: Error) => NetworkFault;
  /** Status 407 then is the proxy's own. */
  #forwardedBy: HttpProxy | undefined;
  #settle: (outcome: HttpAnswer | HttpFault | T) => void = () => {};
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: Readonly<Record<string, string>> = {};
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #settled = false;

  constructor(routes: Routes, url: URL, request: ExchangeRequest<T>, totalMs: number) {
    this.#request = request;
    this.#faultOf = (error) => routes.faultOf(error, url);
    const { method, headers, sent, signal } = request;
    const giveUp = () => this.#fail('aborted');
    const timer = setTimeout(() => this.#fail('timed_out'), totalMs);
    this.answer = new Promise((resolve) => {
      this.#settle = (outcome) => {
        if (this.#settled) return;
        this.#settled = true;
        clearTimeout(timer);
        signal?.removeEventListener('abort', giveUp);
        resolve(outcome);
      };
    });
    if (signal?.aborted === true) {
      giveUp();
      return;
    }
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      const { agent, ...route } = routes.to(url, headers);
      this.#forwardedBy = route.forwardedBy;
      agent.dispatch(
        { origin: route.origin, path: route.path, headers: route.headers, method, body: sent },
        this,
      );
    } catch (error) {
      this.onResponseError(undefined, error instanceof Error ? error : new Error(String(error)));
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Given up while it waited for a connection: it is not sent.
    if (this.#settled) controller.abort(new Error('given up'));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (this.#forwardedBy !== undefined && status === 407) {
      const refused = proxyAnswered(this.#forwardedBy, status);
      this.#settle({ kind: 'fault', ...this.#faultOf(refused), requested: false });
      controller.abort(refused);
      return;
    }
    this.#status = status;
    this.#headers = headersOf(headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { longestBody: longest } = this.#request;
    this.#chunks.push(chunk.subarray(0, Math.max(0, longest - this.#size)));
    this.#size += chunk.length;
    if (this.#size <= longest) return;
    this.#break('too_long');
    controller.abort(new Error('the answer is too long'));
  }

  onResponseEnd(): void {
    this.#settle(this.#soFar());
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    // The status has been said; a body that breaks off changes nothing about it.
    const fault = this.#faultOf(error);
    if (this.#status >= 200) this.#break(fault.fault === 'timed_out' ? 'timed_out' : 'cut_off');
    else this.#settle({ kind: 'fault', ...fault, requested: this.#controller !== undefined });
  }

  #soFar(): HttpAnswer {
    const bytes = Buffer.concat(this.#chunks);
    const body = bytes.toString('utf8');
    return { kind: 'answer', status: this.#status, headers: this.#headers, body, bytes };
  }

  #break(why: Shortfall): void {
    this.#settle(this.#request.partial(this.#soFar(), why));
  }

  #fail(fault: 'aborted' | 'timed_out'): void {
    if (this.#status >= 200) this.#break(fault);
    else this.#settle({ kind: 'fault', fault, requested: this.#controller !== undefined });
    this.#controller?.abort(new Error('given up'));
  }
}
