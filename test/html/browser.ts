import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Debian's browser; elsewhere its tests are skipped. */
const executable = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));

export const hasBrowser = executable !== undefined;

export async function openBrowser(): Promise<Browser> {
  if (executable === undefined) throw new Error('There is no Chromium.');
  return await chromium.launch({ executablePath: executable, args: ['--no-sandbox'] });
}

/** What a page does besides being shown: nothing is right. */
export function watch(page: Page): string[] {
  const seen: string[] = [];
  page.on('console', (message) => seen.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => seen.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) seen.push(`request: ${request.url()}`);
  });
  return seen;
}

/** Each broken rule of axe with the first elements that break it. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)).join(' | ')))`);
}
