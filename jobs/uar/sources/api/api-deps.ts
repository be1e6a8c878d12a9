import type { Downloader } from '../../../../src/net/downloader.ts';
import type { HttpClient } from '../../../../src/net/http-client.ts';
import type { Clock } from '../../../../src/time/clock.ts';
import type { SourceSettings } from '../settings.ts';

/** The way to other hosts. */
export interface SourceWeb {
  /** Closed by who opened it. */
  open(): Promise<Downloader>;
  /** Never rejects. */
  post: HttpClient['post'];
  /** Loopback and private networks may be asked; `http:` then is enough for this machine itself. */
  readonly allowsPrivate: boolean;
}

export interface ApiDeps {
  readonly settings: SourceSettings;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly web: SourceWeb;
  /** The value of `OPSDECK_JOBS_SECRET_<name>`. */
  secret(name: string): string | undefined;
  /** Resolves after that time, and rejects when the signal is aborted. Default: the process's. */
  sleep?(ms: number, signal: AbortSignal): Promise<void>;
}
