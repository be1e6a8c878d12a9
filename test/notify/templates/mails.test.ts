import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRenderer } from '../../../src/notify/templates/renderer.ts';
import { hasBrowser, openBrowser } from '../../html/browser.ts';
import { hostile, ordinary, type SampleMail, sampleMails } from './sample-mails.ts';

const renderer = createRenderer();
afterAll(() => renderer.close());

const rendered = ({ template, context }: SampleMail) =>
  renderer.render({ subject: template.subject, bodyHtml: template.bodyHtml, context, form: 'mail' });

/** The sources that have a mail of their own. */
function sources(): readonly string[] {
  return ['jobs', 'src'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  );
}

it('every template of the program is among the mails that are rendered here', () => {
  const all = sources();
  const found = all.flatMap((text) =>
    [...text.matchAll(/: TemplateDefinition = \{\s+name: '([^']+)'/g)].map(([, name]) => name),
  );
  const pages = all.flatMap((text) => text.match(/bodyHtml: page\(/g) ?? []);
  // The digests of the three expiry jobs are one.
  expect(pages).toHaveLength(found.length + 1);
  expect(all.filter((text) => /bodyHtml: (?!page\(|string|''|`|template|text)\w+\(/.test(text))).toEqual([]);
  const sampled = new Set(sampleMails(ordinary).map(({ template }) => template.name));
  expect([...sampled].sort()).toEqual([...found, 'Expiry Alert - Credentials'].sort());
});

describe.each(sampleMails(ordinary).map((mail) => [mail.name, mail] as const))('the mail %s', (_, mail) => {
  it('has a title, a line for lists of mails, the size for Outlook, and no dark style that it does not have', async () => {
    // email_template.subject holds no more.
    expect(mail.template.subject.length).toBeLessThanOrEqual(255);
    const { html, subject, text } = await rendered(mail);
    expect(html.replaceAll('&#x2f;', '/')).toContain(`<title>${subject}</title>`);
    expect(html).toMatch(/<div style="display:none[^>]*>[^<]{5,}<\/div>/);
    expect(html).toContain('<!--[if mso]><table role="presentation" width="600"');
    expect(html).not.toContain('color-scheme');
    expect(html).not.toContain('nowrap');
    // The text is that of the page: neither the hidden line nor the title is in it, and it begins with what happened.
    expect(html).toContain(`>${text.split('\n')[0]}`);
    expect(text).not.toMatch(/mso|\{\{|undefined/);
  });
});

it('the text part has the counts in one line, and the severity before the name', async () => {
  const [drift] = sampleMails(ordinary);
  if (drift === undefined) throw new Error('no mail');
  const { text } = await rendered(drift);
  expect(text).toContain('\n1 critical · 1 high · 1 medium\n');
  expect(text).toMatch(/\ncritical: Quarterly access review A\.0 /);
});

it('administrators read the commands of a mail, and whoever has no shell reads whom to ask', async () => {
  const texts = new Map<string, string>();
  for (const mail of sampleMails(ordinary)) texts.set(mail.name, (await rendered(mail)).text);
  const textOf = (name: string) => texts.get(name) ?? `no mail ${name}: ${[...texts.keys()].join('; ')}`;
  const breaches = 'Compliance Alert - Rules Not Met';
  expect(textOf(`${breaches}, administrator`)).toMatch(/Evidence and history: opsdeck-jobs controls show \S/);
  expect(textOf(`${breaches}, administrator`)).not.toContain('ask ');
  expect(textOf(breaches)).toMatch(/how to stop these mails: ask \S/);
  expect(textOf(breaches)).not.toContain('opsdeck-jobs ');
  expect(textOf('Drift Alert - Evaluation Incomplete')).toContain('opsdeck-jobs preview compliance-drift');
  expect(textOf('Compliance Drift Alert - Frameworks No Longer Evaluated')).toContain(
    'opsdeck-jobs report drift --days 30',
  );
});

describe.skipIf(!hasBrowser)('in Chromium (skipped where there is none)', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  it('no mail is wider than a phone of 320 px, whatever its data are, nor cut off', async () => {
    const page = await browser.newPage({ viewport: { width: 320, height: 700 } });
    for (const mail of [...sampleMails(hostile), ...sampleMails(ordinary)]) {
      await page.setContent((await rendered(mail)).html);
      expect(await page.evaluate('document.documentElement.scrollWidth'), mail.name).toBe(320);
      const wide = `[...document.querySelectorAll('body *')]
        .filter((one) => one.getBoundingClientRect().right > 320.5 || one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1)
        .map((one) => one.outerHTML.slice(0, 120))`;
      expect(await page.evaluate(wide), mail.name).toEqual([]);
      expect(await page.locator('script, img').count()).toBe(0);
    }
    await page.close();
  });
});
