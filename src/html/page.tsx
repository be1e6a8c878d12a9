import { raw } from 'hono/html';
import type { Figure, Picture, ReportOrigin, ReportPage } from '../job/report-page.ts';
import { wallClock } from '../time/human-time.ts';
import { markup, pieceBefore, slot } from './markup.ts';
import { MonthTable } from './month.tsx';
import { picturePieces } from './picture/picture.tsx';
import { css, cssHash } from './style.ts';
import { type CellLink, numericColumns, tablePieces } from './table.tsx';

/*
 * One page: a file that needs nothing else. It has no script and loads nothing, and its policy forbids both. It is the same for the same data,
 * instant and person. Where the rest is missing, because something failed while it was written, its first line tells that.
 */

export interface PageOrigin extends ReportOrigin {
  /** Who made it. */
  readonly person: string;
  readonly version: string;
}

const policy = `default-src 'none'; style-src ${cssHash}; base-uri 'none'; form-action 'none'`;

export async function* pagePieces(page: ReportPage, origin: PageOrigin): AsyncGenerator<string> {
  const [before, after] = pieceBefore(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{page.title}</title>
        <style>{raw(css)}</style>
      </head>
      <body>
        <p class="incomplete" role="alert">
          This page is incomplete: its end is missing. Make the report again.
        </p>
        <Head page={page} origin={origin} />
        <main>
          {page.answer === undefined ? undefined : (
            <p class={`answer ${page.answer.tone}`}>{page.answer.text}</p>
          )}
          <Figures figures={page.figures} />
          {slot}
          <Words words={page.words} />
        </main>
        <footer id="end">
          <p class="quiet">{`End of the report. ${madeBy(origin)}`}</p>
        </footer>
      </body>
    </html>,
  );
  yield `<!DOCTYPE html>\n${before}`;
  yield* blockPieces(page.blocks, page.title);
  yield `${after}\n`;
}

function madeBy({ at, zone, person }: PageOrigin): string {
  return `Made ${wallClock(at, zone)} (${zone}) by ${person}.`;
}

function Head({ page, origin }: { readonly page: ReportPage; readonly origin: PageOrigin }) {
  const { database, at, zone, person, version, organisation } = origin;
  const facts = [
    ...(organisation === null ? [] : [['Organisation', organisation] as const]),
    ...page.facts,
    ['Database', database] as const,
    ['Made', `${wallClock(at, zone)} (${zone})`] as const,
    ['By', person] as const,
    ['Program', `opsdeck-jobs ${version}`] as const,
  ];
  return (
    <header>
      <h1>{page.title}</h1>
      {page.about === undefined ? undefined : <p class="quiet">{page.about}</p>}
      <dl class="facts">
        {[...facts.filter(isShort), ...facts.filter((fact) => !isShort(fact))].map(([name, value]) => (
          <div class={isShort([name, value]) ? undefined : 'wide'}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </header>
  );
}

function isShort([, value]: readonly [string, string]): boolean {
  return value.length <= 60;
}

export function Figures({ figures }: { readonly figures: readonly Figure[] }) {
  if (figures.length === 0) return null;
  return (
    <ul class="figures">
      {figures.map(({ value, of, name, change, tone }) => (
        <li>
          <strong class={tone === undefined ? undefined : `tone ${tone}`}>{value}</strong>
          {of === undefined ? undefined : <span class="of">{` ${of}`}</span>}
          <div>{name}</div>
          {change === undefined ? undefined : <div class="change">{change}</div>}
        </li>
      ))}
    </ul>
  );
}

export function Words({ words }: Pick<ReportPage, 'words'>) {
  if (words.length === 0) return null;
  return (
    <section>
      <h2>What the words mean</h2>
      <dl class="words">
        {words.map(([word, meaning]) => (
          <div>
            <dt>{word}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** The pictures and tables of a page, piece by piece. `link`: where a cell leads, on pages that have others beside them. */
export async function* blockPieces(
  blocks: ReportPage['blocks'],
  title: string,
  link?: CellLink,
): AsyncGenerator<string> {
  let label = title;
  for (const [index, block] of blocks.entries()) {
    if (block.kind === 'heading') label = block.text;
    yield* block.kind === 'columns' || block.kind === 'bars'
      ? picturePieces(block, `picture-${index}`)
      : plainPieces(block, label, link);
  }
}

async function* plainPieces(
  block: Exclude<ReportPage['blocks'][number], Picture>,
  label: string,
  link: CellLink | undefined,
): AsyncGenerator<string> {
  switch (block.kind) {
    case 'heading':
      yield markup(<h2>{block.text}</h2>);
      return;
    case 'line':
      yield markup(<p class={block.tone === undefined ? undefined : `tone ${block.tone}`}>{block.text}</p>);
      return;
    case 'code':
      yield markup(<pre>{block.lines.join('\n')}</pre>);
      return;
    case 'month':
      yield markup(<MonthTable calendar={block} link={link} />);
      return;
    case 'table':
      yield* tablePieces({ label, ...block, link, numeric: numericColumns(block.columns, block.rows) });
      return;
    case 'rows':
      yield* tablePieces({ label, columns: block.columns, rows: block.rows(), link, numeric: new Set() });
      return;
    default:
      block satisfies never;
  }
}
