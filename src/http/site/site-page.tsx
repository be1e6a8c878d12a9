import { createHash } from 'node:crypto';
import { raw } from 'hono/html';
import { markup, pieceBefore, slot } from '../../html/markup.ts';
import { blockPieces, Figures, Words } from '../../html/page.tsx';
import { css } from '../../html/style.ts';
import type { CellLink } from '../../html/table.tsx';
import type { Month } from '../../time/day.ts';
import { wallClock } from '../../time/human-time.ts';
import { addMonths, readMonth } from '../../time/month.ts';
import { type ListPart, monthQuery, nextPart, previousPart, queryOf, withRefresh } from './links.ts';
import type { Place } from './place.ts';
import type { PlacePart } from './read-place.ts';

/* The pages that the daemon serves to people: the parts of the reports, with a menu and links. No script; nothing can be changed here. */

const ownCss = `
a{color:inherit;text-decoration-color:var(--quiet);text-underline-offset:.15em}
a:focus-visible,button:focus-visible,input:focus-visible{outline:3px solid var(--medium);outline-offset:2px}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin:0 0 1rem;padding:0;list-style:none;border-bottom:1px solid var(--rule)}
nav a{display:inline-block;padding:.35rem 0;text-decoration:none}
nav a:hover{text-decoration:underline}
nav [aria-current]{font-weight:700;border-bottom:3px solid var(--ink)}
.pages a{display:inline-block;margin-right:1rem;padding:.35rem 0}
.skip{position:absolute;left:-99rem}
.skip:focus{position:static}
main form{max-width:24rem}
nav button{margin:0;padding:.2rem .6rem;background:var(--paper);color:var(--ink)}
label{display:block;margin:.5rem 0 .25rem}
input[type=password]{width:100%;font:inherit;padding:.4rem;border:1px solid var(--quiet);border-radius:4px;background:var(--paper);color:var(--ink)}
button{font:inherit;margin-top:.75rem;padding:.4rem 1rem;border:1px solid var(--ink);border-radius:4px;background:var(--ink);color:var(--paper)}`;

const siteCss = `${css}${ownCss.replaceAll(/\n+/g, '')}`;
const styleHash = `'sha256-${createHash('sha256').update(siteCss).digest('base64')}'`;

/** Of every page: it runs nothing, loads nothing, and stands in no other site's frame. */
export const sitePolicy = `default-src 'none'; style-src ${styleHash}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;

/** What every page shows besides its own matter. */
export interface SiteFrame {
  readonly places: readonly Place[];
  readonly database: string;
  readonly zone: string;
  readonly now: Date;
  readonly version: string;
  /** A page loads itself anew after so many seconds; undefined: it does not. */
  readonly refreshSeconds?: number | undefined;
  /** Who reads, where a proxy names them. */
  readonly reader?: string | undefined;
  /** Has a sign-out. */
  readonly signedIn: boolean;
}

export interface SitePage {
  readonly title: string;
  /** The path of the menu's entry that this page belongs to. */
  readonly entry: string | undefined;
  /** Further commands about the same. */
  readonly inTerminal?: readonly string[];
  /** Of a list that is shown part by part. */
  readonly part?: ListPart;
  /** Of one thing: where another page about it is. */
  readonly beside?: { readonly path: string; readonly words: string } | undefined;
  /** Of a calendar. */
  readonly month?: Month | undefined;
}

export async function placePage(
  page: SitePage,
  parts: readonly PlacePart[],
  frame: SiteFrame,
): Promise<string> {
  const pieces = [page.month === undefined ? '' : otherMonths(page.month, frame.refreshSeconds)];
  for (const part of parts) pieces.push(await partOf(part, parts.length > 1, frame.refreshSeconds));
  if (page.beside !== undefined) pieces.push(pageBeside(page.beside, frame.refreshSeconds));
  for (const command of page.inTerminal ?? [])
    pieces.push(markup(<Command text={`opsdeck-jobs ${command}`} />));
  pieces.push(furtherPages(page, parts, frame.refreshSeconds));
  return wholePage(page, frame, pieces.join(''));
}

async function partOf(part: PlacePart, titled: boolean, refreshSeconds: number | undefined): Promise<string> {
  if (part.kind === 'failed') {
    return markup(
      <section>
        <p class="tone bad">This part cannot be shown.</p>
        <pre>{part.message}</pre>
        <Command text={part.command} />
      </section>,
    );
  }
  const { title, facts, answer, figures, blocks, words } = part.page;
  const link: CellLink = (column, text) => {
    const path = part.links[column.toLowerCase()];
    return path === undefined || text === '-'
      ? undefined
      : withRefresh(`${path}${encodeURIComponent(text)}`, refreshSeconds);
  };
  const shown: string[] = [];
  for await (const piece of blockPieces(blocks, title === '' ? 'Table' : title, link)) shown.push(piece);
  const [before, after] = pieceBefore(
    <section>
      {titled && title !== '' ? <h2>{title}</h2> : undefined}
      {answer === undefined ? undefined : <p class={`answer ${answer.tone}`}>{answer.text}</p>}
      <Facts facts={facts} />
      <Figures figures={figures} />
      {slot}
      <Words words={words} />
      <Command text={part.command} />
    </section>,
  );
  return `${before}${shown.join('')}${after}`;
}

/** By the key of the last row, so that the last page costs what the first does. */
function furtherPages(
  { part = { after: undefined, trail: [] } }: SitePage,
  parts: readonly PlacePart[],
  refreshSeconds: number | undefined,
): string {
  const first = part.after === undefined;
  const previous = previousPart(part);
  const toPart = (to: ListPart) => queryOf(to, refreshSeconds);
  const after = parts.flatMap((one) => (one.kind === 'shown' ? (one.page.after ?? []) : []))[0];
  if (first && after === undefined) return '';
  return markup(
    <p class="pages">
      {first ? undefined : <a href={toPart({ after: undefined, trail: [] })}>First page</a>}
      {previous === undefined ? undefined : <a href={toPart(previous)}>Previous page</a>}
      {after === undefined ? undefined : <a href={toPart(nextPart(part, after))}>Next page</a>}
    </p>,
  );
}

function pageBeside(
  { path, words }: NonNullable<SitePage['beside']>,
  refreshSeconds: number | undefined,
): string {
  return markup(
    <p class="pages">
      <a href={withRefresh(path, refreshSeconds)}>{words}</a>
    </p>,
  );
}

/** The months beside this one; the first and last of a calendar have one beside them. */
function otherMonths(month: Month, refreshSeconds: number | undefined): string {
  const beside = [
    ['Previous month', readMonth(addMonths(month, -1))],
    ['Next month', readMonth(addMonths(month, 1))],
  ] as const;
  return markup(
    <p class="pages">
      {beside.map(([words, other]) =>
        other === undefined ? undefined : (
          <a href={monthQuery(other, refreshSeconds)}>{`${words}, ${other}`}</a>
        ),
      )}
    </p>,
  );
}

function Facts({ facts }: { readonly facts: ReadonlyArray<readonly [string, string]> }) {
  const own = facts.filter(([name]) => name !== 'Zone');
  if (own.length === 0) return null;
  return (
    <dl class="facts">
      {own.map(([name, value]) => (
        <div class={value.length > 60 ? 'wide' : undefined}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Command({ text }: { readonly text: string }) {
  return (
    <p class="quiet">
      In a terminal: <code>{text}</code>
    </p>
  );
}

/** For a request without a session. `to`: where it leads afterwards; a path of this site. */
export function signInPage(to: string, problem: string | undefined, frame: SiteFrame): string {
  const body = markup(
    <form method="post" action="/sign-in">
      {problem === undefined ? undefined : (
        <p class="tone bad" role="alert">
          {problem}
        </p>
      )}
      <label for="token">Token (OPSDECK_JOBS_LISTEN_TOKEN)</label>
      <input id="token" type="password" name="token" required autocomplete="current-password" />
      <input type="hidden" name="to" value={to} />
      <button type="submit">Sign in</button>
    </form>,
  );
  return wholePage({ title: 'Sign in', entry: undefined }, { ...frame, places: [] }, body);
}

/** For what is not there, or cannot be shown. */
export function messagePage(title: string, text: string, frame: SiteFrame): string {
  return wholePage({ title, entry: undefined }, frame, markup(<p>{text}</p>));
}

function wholePage({ title, entry }: SitePage, frame: SiteFrame, body: string): string {
  const { places, database, zone, now, version, signedIn, reader, refreshSeconds } = frame;
  const [before, after] = pieceBefore(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        {refreshSeconds === undefined ? undefined : (
          <meta http-equiv="refresh" content={String(refreshSeconds)} />
        )}
        <title>{`${title} - opsdeck-jobs`}</title>
        <style>{raw(siteCss)}</style>
      </head>
      <body>
        <a class="skip" href="#main">
          To the content
        </a>
        <Menu {...{ places, entry, signedIn, refreshSeconds }} />
        <main id="main">
          <h1>{title}</h1>
          <p class="quiet">{`${wallClock(now, zone)} (${zone}), ${database}`}</p>
          {reader === undefined ? undefined : <p class="quiet">{`Signed in as ${reader}`}</p>}
          {slot}
        </main>
        <footer id="end">
          <p class="quiet">{`opsdeck-jobs ${version}. Pages change nothing: paste a command into a terminal. Add ?refresh=30 to load a page anew every 30 seconds.`}</p>
        </footer>
      </body>
    </html>,
  );
  return `<!DOCTYPE html>\n${before}${body}${after}\n`;
}

function Menu({
  places,
  entry,
  signedIn,
  refreshSeconds,
}: Pick<SiteFrame, 'places' | 'signedIn' | 'refreshSeconds'> & Pick<SitePage, 'entry'>) {
  const entries = places.filter(({ menu }) => menu !== undefined);
  if (entries.length === 0) return null;
  return (
    <nav aria-label="Pages">
      <ul>
        {entries.map(({ path, menu = '' }) => (
          <li>
            <a href={withRefresh(path, refreshSeconds)} aria-current={path === entry ? 'page' : undefined}>
              {menu}
            </a>
          </li>
        ))}
        {signedIn ? (
          <li>
            <form method="post" action="/sign-out">
              <button type="submit">Sign out</button>
            </form>
          </li>
        ) : undefined}
      </ul>
    </nav>
  );
}
