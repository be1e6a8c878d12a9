import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Parser } from 'htmlparser2';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pagePieces } from '../../src/html/page.tsx';
import { plainPage } from '../../src/html/plain-page.ts';
import { cssHash } from '../../src/html/style.ts';
import { hasHidden } from '../../src/html/visible-text.ts';
import { axeFindings, hasBrowser, openBrowser, watch } from './browser.ts';
import { origin, pages, written } from './sample-pages.ts';

interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
}

function elementsOf(html: string): { readonly elements: readonly Element[]; readonly unclosed: string[] } {
  const elements: Element[] = [];
  const open: string[] = [];
  const parser = new Parser({
    onopentag: (tag, attributes) => {
      elements.push({ tag, attributes });
      open.push(tag);
    },
    onclosetag: (tag, implied) => {
      if (open.pop() !== tag || (implied && tag !== 'meta')) open.push(`misplaced ${tag}`);
    },
  });
  parser.end(html);
  return { elements, unclosed: open };
}

describe.each(Object.entries(pages))('the page of %s', (_, page) => {
  it('has no script, style attribute, handler, link or hidden character, whatever names are in it', async () => {
    const html = await written(page);
    const { elements, unclosed } = elementsOf(html);
    expect(unclosed).toEqual([]);
    const tags = new Set(elements.map(({ tag }) => tag));
    for (const tag of ['script', 'img', 'link', 'a', 'iframe', 'object', 'form', 'base'])
      expect(tags).not.toContain(tag);
    const names = new Set(elements.flatMap(({ attributes }) => Object.keys(attributes)));
    for (const name of names) expect(name).not.toMatch(/^(?:style|src|href|action|on.*)$/);
    const bare = [...new Set(html)].filter((one) => one !== '\n' && hasHidden(one));
    expect(bare).toEqual([]);
    expect(html.includes('U+202E')).toBe(true);
    const policy = elements.find(({ attributes }) => attributes['http-equiv'] === 'Content-Security-Policy');
    expect(policy?.attributes['content']).toContain(cssHash);
    expect((await written(page)) === html).toBe(true);
  });
});

it('a page whose rows end in an error has no end', async () => {
  async function* rows(): AsyncGenerator<string[]> {
    yield ['1'];
    throw new Error('The database went away.');
  }
  let text = '';
  await expect(async () => {
    const page = plainPage('Rows', [{ kind: 'rows', columns: ['id'], rows }]);
    for await (const piece of pagePieces(page, origin)) text += piece;
  }).rejects.toThrow('went away');
  const has = ['This page is incomplete', 'id="end"', '</table>'].map((part) => text.includes(part));
  expect(has).toEqual([true, false, false]);
});

describe.skipIf(!hasBrowser)('in Chromium (skipped where there is none)', () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-pages-'));
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function shown(html: string, width: number, colorScheme: 'light' | 'dark') {
    const file = join(folder, 'page.html');
    await writeFile(file, html);
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const seen = watch(page);
    await page.goto(pathToFileURL(file).href);
    return { page, seen };
  }

  it.each(Object.entries(pages))(
    '%s: good at 1200 and 320 px, light, dark and printed',
    async (name, report) => {
      const html = await written(report);
      const views = [
        [1200, 'light'],
        [320, 'dark'],
      ] as const;
      for (const [width, scheme] of views) {
        const { page, seen } = await shown(html, width, scheme);
        const wide = await page.evaluate('document.documentElement.scrollWidth');
        expect(wide, `${name} at ${width} px`).toBeLessThanOrEqual(width);
        expect(await page.locator('.incomplete').isVisible()).toBe(false);
        expect(await axeFindings(page), `${name}, ${scheme}`).toEqual([]);
        if (width === 1200) {
          const pdf = await page.pdf({ preferCSSPageSize: true });
          expect(pdf.toString('latin1')).toContain('/MediaBox [0 0 594.95996 841.91998]');
          await page.emulateMedia({ media: 'print' });
          await page.setViewportSize({ width: 688, height: 900 });
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(688);
        }
        expect(seen).toEqual([]);
        await page.close();
      }
    },
  );

  it('shows that a page without its end is incomplete', async () => {
    const html = await written(pages['drift'] ?? plainPage('Empty', []));
    const { page } = await shown(html.slice(0, html.length / 2), 1200, 'light');
    expect(await page.locator('.incomplete').isVisible()).toBe(true);
    await page.close();
  });
});
