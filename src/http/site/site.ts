/*
 * The pages for people, beside /health and /metrics: what needs a person now, and what the lists and reports of the command line show.
 *
 * Model: a page is what some read-only commands show, run in this process on its database. Nothing is stored, and nothing can be changed.
 * Access: as for the other pages; where there is a token, a browser signs in with it (sign-in.ts).
 *
 * | what happens                          | what a person sees                                        |
 * | the database is away                  | the error of the command, status 503                      |
 * | there is no such run, control, ...    | the error of the command, status 404                      |
 * | the month of a calendar is none      | how to write one, status 400                              |
 * | a command takes longer than 10 s      | that, status 503; its statements are ended                |
 * | more pages are asked for than allowed | status 503 at once: jobs come first                       |
 */
import type { Context, Hono } from 'hono';
import { dayOf } from '../../time/calendar-day.ts';
import { monthOf, readMonth } from '../../time/month.ts';
import type { PageEnv } from '../access.ts';
import type { ListPart } from './links.ts';
import { type Place, readId } from './place.ts';
import { type PlacePart, type RunForPage, readPlace } from './read-place.ts';
import { endOfSession, type SignIn } from './sign-in.ts';
import {
  messagePage,
  placePage,
  type SiteFrame,
  type SitePage,
  signInPage,
  sitePolicy,
} from './site-page.tsx';

export interface SiteOptions {
  readonly places: readonly Place[];
  readonly run: RunForPage;
  /** undefined: there is no token, and nobody signs in. */
  readonly signIn: SignIn | undefined;
  readonly frame: () => Omit<SiteFrame, 'places' | 'signedIn' | 'reader'>;
}

/** Pages that are read at a time. */
const mostAtOnce = 4;
const mostFormBytes = 4096;
const wrongMonth =
  'The month is not one from 1900-01 to 2199-12. Give it as YYYY-MM, such as ?month=2026-12.';

type PageContext = Context<PageEnv>;

/** The pages that need no session. Before the guard of the others. */
export function addSignIn(pages: Hono<PageEnv>, { signIn, frame }: SiteOptions): void {
  if (signIn === undefined) return;
  const shown = (context: PageContext, to: string, problem?: string) =>
    html(context, signInPage(to, problem, { ...frame(), places: [], signedIn: false }), problem ? 403 : 200);
  pages.get('/sign-in', (context) => shown(context, pathOf(context.req.query('to'))));
  pages.post('/sign-in', async (context) => {
    if (Number(context.req.header('content-length') ?? mostFormBytes + 1) > mostFormBytes) {
      return shown(context, '/', 'The form is too large.');
    }
    const { token, to } = await context.req.parseBody();
    const path = pathOf(typeof to === 'string' ? to : undefined);
    const judged = signIn.judge(typeof token === 'string' ? token.trim() : '');
    if (judged === 'busy') return shown(context, path, 'Too many wrong tokens. Wait a minute.');
    if (judged === 'wrong') return shown(context, path, 'This is not the token of this daemon.');
    context.header('Set-Cookie', signIn.begin());
    return context.redirect(path, 303);
  });
  pages.post('/sign-out', (context) => {
    context.header('Set-Cookie', endOfSession);
    return context.redirect('/sign-in', 303);
  });
}

/** The pages of the places. After the guard. */
export function addPlaces(pages: Hono<PageEnv>, { places, run, signIn, frame }: SiteOptions): void {
  // A browser asks for one; there is none.
  pages.get('/favicon.ico', (context) => context.body(null, 204));
  let reading = 0;
  const framed = (reader: string | undefined, refreshSeconds: number | undefined): SiteFrame => ({
    ...frame(),
    places,
    reader,
    refreshSeconds,
    signedIn: signIn !== undefined && reader === undefined,
  });
  for (const place of places) {
    pages.get(place.path, async (context) => {
      const id = readId(context.req.param('id') ?? 'none');
      const { after: typed, refresh, month: typedMonth } = context.req.query();
      const whole = framed(context.get('reader'), refreshOf(refresh));
      const after = typed === undefined ? undefined : readId(typed);
      const part = { after, trail: trailOf(context.req.queries('back')) };
      if (id === undefined || (typed !== undefined && after === undefined))
        return html(context, messagePage('Not found', 'There is no such page.', whole), 404);
      const month =
        typedMonth === undefined || place.byMonth !== true
          ? monthOf(dayOf(whole.now, whole.zone))
          : readMonth(typedMonth);
      if (month === undefined) return html(context, messagePage('Wrong month', wrongMonth, whole), 400);
      if (reading >= mostAtOnce) {
        context.header('Retry-After', '5');
        return html(
          context,
          messagePage('Busy', 'Other pages are being read. Load the page again.', whole),
          503,
        );
      }
      reading += 1;
      try {
        const parts = await readPlace(place, { id, month, after }, run);
        const page = {
          title: place.path.includes(':') ? `${place.title} ${id}` : place.title,
          entry: entryOf(place, places),
          part,
          month: place.byMonth === true ? month : undefined,
          inTerminal: place.inTerminal ?? [],
          beside: besideOf(place, id),
        };
        return html(context, await placePage(page, parts, whole), statusOf(parts));
      } finally {
        reading -= 1;
      }
    });
  }
}

/** For a browser without a session: the way to sign in. */
export function toSignIn(context: PageContext): Response {
  const { pathname, search } = new URL(context.req.url);
  return context.redirect(`/sign-in?to=${encodeURIComponent(`${pathname}${search}`)}`, 303);
}

function html(context: PageContext, text: string, status: 200 | 400 | 403 | 404 | 503): Response {
  return context.body(text, status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': sitePolicy,
    'Referrer-Policy': 'no-referrer',
    'X-Frame-Options': 'DENY',
  });
}

/** A page is there when one of its parts is. */
function statusOf(parts: readonly PlacePart[]): 200 | 404 | 503 {
  const failed = parts.filter((part) => part.kind === 'failed');
  if (failed.length < parts.length) return 200;
  return failed.every(({ exitCode }) => exitCode === 2) ? 404 : 503;
}

function besideOf({ beside }: Place, id: string): SitePage['beside'] {
  return beside && { ...beside, path: beside.path.replace(':id', () => encodeURIComponent(id)) };
}

function entryOf(place: Place, places: readonly Place[]): string | undefined {
  if (place.menu !== undefined) return place.path;
  const [, first] = place.path.split('/');
  return places.find(({ path, menu }) => menu !== undefined && path === `/${first}`)?.path;
}

/** From 10 seconds to an hour; undefined: not wanted. */
function refreshOf(text: string | undefined): number | undefined {
  const seconds = /^\d{1,4}$/.test(text ?? '') ? Number(text) : 0;
  return seconds === 0 ? undefined : Math.min(3600, Math.max(10, seconds));
}

/** The keys of the pages before this one, from the address of the page. What is none is left out, with all before it. */
function trailOf(typed: readonly string[] = []): ListPart['trail'] {
  const wrong = typed.findLastIndex((key) => key !== '' && readId(key) === undefined);
  return typed.slice(wrong + 1);
}

/** A path of this site, whatever was given. */
function pathOf(text: string | undefined): string {
  return text !== undefined && /^\/(?![/\\])[\w\-./:%?&=+]*$/.test(text) ? text : '/';
}
