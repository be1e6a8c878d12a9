import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, MiddlewareHandler } from 'hono';
import { isLoopback } from './listen-address.ts';

export interface PageEnv {
  readonly Bindings: HttpBindings;
}

/** What whoever supervises the process on its own machine asks, and need not be given a secret for. */
const openOnLoopback: ReadonlySet<string> = new Set(['/health', '/ready']);

/** Set by proxies: the request comes from elsewhere, although the connection does not. */
const forwardingHeaders = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'] as const;

/**
 * Lets in who knows the token (`Authorization: Bearer …`). Without a token everybody: then only this machine can connect.
 * With one, `/health` and `/ready` stay open to this machine itself, unless a proxy passed the request on.
 */
export function requireToken(token: string | undefined): MiddlewareHandler<PageEnv> {
  const expected = token === undefined ? undefined : digest(token);
  return async (context, next) => {
    if (expected === undefined || isSupervisor(context) || isTokenOf(context, expected)) {
      await next();
      return undefined;
    }
    return context.text('A token is needed: Authorization: Bearer TOKEN\n', 401, {
      'WWW-Authenticate': 'Bearer realm="opsdeck-jobs"',
    });
  };
}

function isSupervisor(context: Context<PageEnv>): boolean {
  if (!openOnLoopback.has(context.req.path)) return false;
  if (forwardingHeaders.some((name) => context.req.header(name) !== undefined)) return false;
  const { address } = getConnInfo(context).remote;
  return address !== undefined && isLoopback(address);
}

function isTokenOf(context: Context<PageEnv>, expected: Buffer): boolean {
  const given = /^Bearer +(\S+) *$/i.exec(context.req.header('authorization') ?? '')?.[1];
  // Digests have one length, so that the comparison takes the same time whatever was given.
  return given !== undefined && timingSafeEqual(digest(given), expected);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
