import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, MiddlewareHandler } from 'hono';
import type { PagesProxy } from '../config/pages-settings.ts';
import { isLoopback } from './listen-address.ts';
import { isAddressHost, type ProxyUser, readProxyUser } from './proxy-user.ts';
import type { SignIn } from './site/sign-in.ts';

export interface PageEnv {
  readonly Bindings: HttpBindings;
  /** Who reads, where a reverse proxy names them. */
  readonly Variables: { reader?: string };
}

/** Where browsers sign in, and how they get there. */
export interface BrowserAccess {
  readonly signIn: SignIn;
  readonly toSignIn: (context: Context<PageEnv>) => Response;
}

/** For programs: a browser that asks for them is not led to the form. */
const ofPrograms: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics']);

/** What whoever supervises the process on its own machine asks, and need not be given a secret for. */
const openOnLoopback: ReadonlySet<string> = new Set(['/health', '/ready']);

/** Set by proxies: the request comes from elsewhere, although the connection does not. */
const forwardingHeaders = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'] as const;

/**
 * Lets in who knows the token (`Authorization: Bearer …`). Without a token whoever asks this machine by a name of its own: only
 * this machine can connect then, but a page of a foreign site in its browser can, too, under a name that was made to lead here.
 * With one, `/health` and `/ready` stay open to this machine itself, unless a proxy passed the request on, and a browser that signed in
 * with it is let in. Pages for people let in whom a trusted proxy names, and refuse that header from elsewhere; without a token they are
 * those of its users alone.
 *
 * @param listenName the host that the operator gave to listen on
 */
export function guardPages(
  token: string | undefined,
  listenName: string,
  {
    browsers,
    proxy,
  }: { readonly browsers: BrowserAccess | undefined; readonly proxy: PagesProxy | undefined },
): MiddlewareHandler<PageEnv> {
  const expected = token === undefined ? undefined : digest(token);
  return async (context, next) => {
    const own = isOwnName(context.req.header('host'), listenName);
    const user = userOf(context, own, proxy);
    if (user?.kind === 'refused') return context.text(`Not allowed: ${user.reason}.\n`, 403);
    if (user?.kind === 'named') {
      context.set('reader', user.name);
      await next();
      return undefined;
    }
    if (user !== undefined && expected === undefined) {
      return context.text(
        `These pages are of the users of a proxy: the header ${proxy?.userHeader} is missing.\n`,
        403,
      );
    }
    const allowed =
      expected === undefined
        ? own
        : (own && isSupervisor(context)) ||
          isTokenOf(context, expected) ||
          browsers?.signIn.isSignedIn(context.req.header('cookie')) === true;
    if (allowed) {
      await next();
      return undefined;
    }
    if (expected === undefined) {
      return context.text('These pages are of this machine alone: ask for localhost or 127.0.0.1.\n', 421);
    }
    if (browsers !== undefined && isBrowser(context)) return browsers.toSignIn(context);
    return context.text('A token is needed: Authorization: Bearer TOKEN\n', 401, {
      'WWW-Authenticate': 'Bearer realm="opsdeck-jobs"',
    });
  };
}

/** undefined: the page is for programs, or no proxy is trusted. */
function userOf(
  context: Context<PageEnv>,
  own: boolean,
  proxy: PagesProxy | undefined,
): ProxyUser | undefined {
  if (proxy === undefined || ofPrograms.has(context.req.path)) return undefined;
  return readProxyUser(proxy, {
    address: getConnInfo(context).remote.address,
    rawHeaders: context.env.incoming.rawHeaders,
    ownName: own || isAddressHost(context.req.header('host') ?? ''),
  });
}

/** No browser leaves the Host header out. */
function isOwnName(header: string | undefined, listenName: string): boolean {
  if (header === undefined) return true;
  const name = /^\[?([^[\]]+?)\]?(?::\d+)?$/.exec(header)?.[1]?.toLowerCase() ?? '';
  return /^(?:.+\.)?localhost$/.test(name) || isLoopback(name) || name === listenName.toLowerCase();
}

function isSupervisor(context: Context<PageEnv>): boolean {
  if (!openOnLoopback.has(context.req.path)) return false;
  if (forwardingHeaders.some((name) => context.req.header(name) !== undefined)) return false;
  const { address } = getConnInfo(context).remote;
  return address !== undefined && isLoopback(address);
}

function isBrowser({ req }: Context<PageEnv>): boolean {
  return (
    req.method === 'GET' && !ofPrograms.has(req.path) && /\btext\/html\b/.test(req.header('accept') ?? '')
  );
}

function isTokenOf(context: Context<PageEnv>, expected: Buffer): boolean {
  const given = /^Bearer +(\S+) *$/i.exec(context.req.header('authorization') ?? '')?.[1];
  // Digests have one length, so that the comparison takes the same time whatever was given.
  return given !== undefined && timingSafeEqual(digest(given), expected);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
