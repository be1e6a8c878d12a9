import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  createRenderer,
  type RendererOptions,
  TemplateFailure,
} from '../../../src/notify/templates/renderer.ts';
import type { JsonObject } from '../../../src/text/json.ts';

const shared = createRenderer();
afterAll(() => shared.close());

function rendererOf(options: RendererOptions = {}) {
  const renderer = createRenderer(options);
  onTestFinished(() => renderer.close());
  return renderer;
}

const html = async (bodyHtml: string, context: JsonObject = {}, renderer = shared) =>
  (await renderer.render({ subject: '', bodyHtml, context, form: 'mail' })).html;

const subject = async (template: string, context: JsonObject = {}) =>
  (await shared.render({ subject: template, bodyHtml: '', context, form: 'subject' })).subject;

const failure = async (bodyHtml: string, context: JsonObject = {}, renderer = shared) => {
  const error: unknown = await html(bodyHtml, context, renderer).then(
    (rendered) => new Error(`rendered ${rendered.length} characters`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof TemplateFailure)) throw error;
  return { code: error.code, reason: error.reason };
};

describe('what OpsDeck writes is rendered', () => {
  it.each<[string, string, JsonObject, string]>([
    ['missing variables are empty, however deep', '[{{ a }}{{ b.c.d }}]', {}, '[]'],
    ['attributes of null are empty', '[{{ manager.name }}]', { manager: null }, '[]'],
    [
      'HTML in a variable is text',
      '{{ x }}',
      { x: `<a href="/">&'` },
      '&lt;a href=&quot;&#x2f;&quot;&gt;&amp;&#x27;',
    ],
    ['HTML that is declared safe stays', '{{ x|safe }}', { x: '<b>' }, '<b>'],
    ['nothing is escaped twice', '{{ x|e }}{{ x|escape }}', { x: '<' }, '&lt;&lt;'],
    ['the result of a filter is escaped, too', '{{ x|truncate(20) }}', { x: '<b>' }, '&lt;b&gt;'],
    [
      'items() of a dictionary, and is not none',
      '{% for f, v in changes.items() %}{{ f }}:{% if v.old is not none %}{{ v.old }}{% else %}(empty){% endif %}→{{ v.new }};{% endfor %}',
      { changes: { name: { old: null, new: 'x' }, role: { old: 'a', new: 'b' } } },
      'name:(empty)→x;role:a→b;',
    ],
    ['or with a fallback', "{{ d or 'No evidence found' }}", { d: null }, 'No evidence found'],
    ['a method of text', '{{ x.upper() }}', { x: 'a' }, 'A'],
    [
      'a key called like a JavaScript property',
      '{{ x.length }}{{ x.constructor }}',
      { x: { length: 'L' } },
      'L',
    ],
  ])('%s', async (_, template, context, expected) => {
    expect(await html(template, context)).toBe(expected);
  });

  it.each<[string, JsonObject, string]>([
    ["{{ d.strftime('%d.%m.%Y') }}", { d: '2026-11-05' }, '05.11.2026'],
    ["{{ d|strftime('%-d %B %Y') }}", { d: '2026-11-05' }, '5 November 2026'],
    [
      "{{ p.start['date'].strftime('%H:%M') ~ ' h' }}",
      { p: { start: { date: '2026-11-05 09:30:00' } } },
      '09:30 h',
    ],
    ["{{ d.strftime('%Y').upper() }}", { d: '2026-11-05' }, '2026'],
    ["{{ (a or b).strftime('%Y') if b else '-' }}", { b: '2026-11-05' }, '2026'],
    ["{% if d.strftime('%m') == '11' %}November{% endif %}", { d: '2026-11-05' }, 'November'],
    ["{{ {'d': d}['d'].strftime('}}%y') }}", { d: '2026-11-05' }, '}}26'],
    ["[{{ missing.strftime('%Y') }}]", {}, '[]'],
    ["{% raw %}{{ d.strftime('%Y') }}{% endraw %}", { d: '2026-11-05' }, "{{ d.strftime('%Y') }}"],
    ["{# d.strftime('%Y') #}d.strftime('%Y')", { d: '2026-11-05' }, "d.strftime('%Y')"],
  ])('dates with strftime: %s', async (template, context, expected) => {
    expect(await html(template, context)).toBe(expected);
  });

  it('a subject is not escaped and has no line breaks, whatever the variables hold', async () => {
    expect(await subject('A & {{ x }}', { x: 'b\r\nBcc: evil@example.com\u2028c <d>' })).toBe(
      'A & b Bcc: evil@example.com c <d>',
    );
  });

  it('a subject of any length is cut at a whole character', async () => {
    const long = await subject('{{ x }}', { x: '😀'.repeat(600) });
    expect([...long]).toHaveLength(500);
    expect(long.endsWith('😀…')).toBe(true);
  });
});

describe('a template that is wrong fails with its reason', () => {
  it.each<[string, JsonObject, RegExp]>([
    ['{{ x', {}, /unexpected end of input.*body\.html:1/],
    ['{{ x|nofilter }}', {}, /filter nofilter is unknown/],
    ["{{ x.strftime('%Y') }}", { x: 'N/A' }, /strftime is given something that is not a date/],
    ["{{ '%d'|format('x') }}", {}, /format %d needs a number/],
    ["{% include 'other' %}", {}, /non-existing template/],
  ])('%s', async (template, context, reason) => {
    expect(await failure(template, context)).toEqual({
      code: 'template_error',
      reason: expect.stringMatching(reason),
    });
    expect(await html('goes on')).toBe('goes on');
  });

  it('an error in the subject counts as well', async () => {
    await expect(
      shared.render({ subject: '{{', bodyHtml: '', context: {}, form: 'subject' }),
    ).rejects.toMatchObject({
      code: 'template_error',
    });
  });
});

it.each([
  [
    'mail',
    'Hi Ana, see here [https://o.example/x]',
    '<p>Hi <b>Ana</b>, see <a href="https://o.example/x">here</a></p>',
  ],
  ['mrkdwn', 'Hi *Ana*, see <https://o.example/x|here>', ''],
  ['chat', 'Hi Ana, see here [https://o.example/x]', ''],
] as const)('the thread writes the body as the channel does: %s', async (form, text, html) => {
  const bodyHtml = '<p>Hi <b>{{ who }}</b>, see <a href="https://o.example/x">here</a></p>';
  const rendered = await shared.render({ subject: 's', bodyHtml, context: { who: 'Ana' }, form });
  expect(rendered).toEqual({ subject: 's', html, text });
});

it('what is sent without a body does not fail with it', async () => {
  const rendered = await shared.render({ subject: 's', bodyHtml: '{{', context: {}, form: 'subject' });
  expect(rendered).toEqual({ subject: 's', html: '', text: '' });
});

describe('an endless or exploding template fails only its own message', () => {
  const endless = '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}';
  it.each<[string, string]>([
    ['endless loops', endless],
    [
      'a text that doubles',
      '{% set n = namespace(x="a") %}{% for i in range(40) %}{% set n.x = n.x ~ n.x %}{% endfor %}',
    ],
    ['a huge text', '{{ ("a" * 900000000)|length }}'],
    ['a text beyond all memory', '{{ "a" * 4000000000 }}'],
    ['huge output', '{{ "a" * 6000000 }}'],
    ['memory of JavaScript', '{% for i in range(99999) %}{{ (x * 99999)|count }}{% endfor %}'],
  ])('%s', async (_, template) => {
    const before = html('before');
    const exploding = failure(template, { x: [1, 2, 3] });
    const after = html('{{ x }}', { x: 'after' });
    expect(await before).toBe('before');
    expect(await exploding).toMatchObject({ code: 'template_limit' });
    expect(await after).toBe('after');
  });

  it('endless recursion is an error', async () => {
    expect(await failure('{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}')).toEqual({
      code: 'template_error',
      reason: expect.stringContaining('recursion limit'),
    });
  });

  it('what no other limit stops is stopped by the clock, and the next message has a new thread', async () => {
    const renderer = rendererOf({ timeLimitMs: 500 });
    // Few instructions, each of them long.
    const slow = '{% for i in range(99999) %}{{ ("a" * 1000000)|replace("a", "b")|upper|first }}{% endfor %}';
    expect(await failure(slow, {}, renderer)).toEqual({
      code: 'template_limit',
      reason: 'the template takes longer than 0.5 s',
    });
    expect(await html('{{ x }}', { x: 'after' }, renderer)).toBe('after');
  });

  it('a good template does not fail because this thread stands still again and again', async () => {
    const renderer = rendererOf({ timeLimitMs: 20 });
    const pause = new Int32Array(new SharedArrayBuffer(4));
    let settled = false;
    const stall = () => {
      Atomics.wait(pause, 0, 0, 100);
      if (!settled) setImmediate(stall);
    };
    const rendering = html('{{ x }}', { x: 'good' }, renderer).finally(() => {
      settled = true;
    });
    stall();
    expect(await rendering).toBe('good');
  });

  it('closing rejects what was not rendered instead of leaving it waiting', async () => {
    const renderer = rendererOf();
    const rendering = html('a', {}, renderer);
    const both = Promise.allSettled([rendering, html('b', {}, renderer)]);
    await renderer.close();
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(html('c', {}, renderer)).rejects.toThrow('the renderer was closed');
  });
});

describe('a template cannot reach the process, the file system or a prototype', () => {
  it.each([
    'process.env',
    'globalThis',
    'require',
    'import("fs")',
    'constructor',
    'this',
    'self',
    'x.constructor.constructor("return process")()',
    'x.__proto__',
    'x.toString',
    'x.hasOwnProperty("a")',
    '"".constructor',
    '[].constructor.constructor("return process")()',
    '"".__class__.__mro__[1].__subclasses__()',
    'range.__globals__',
    'cycler.__init__.__globals__.os.popen("id").read()',
    'x|attr("constructor")',
    'x|attr("__proto__")',
    'debug()',
    'config',
    'request.application',
  ])('%s', async (expression) => {
    const reached = await html(`[{{ ${expression} }}]`, { x: { a: 1 } }).catch((error: unknown) => {
      if (error instanceof TemplateFailure && error.code === 'template_error') return '[]';
      throw error;
    });
    expect(reached).toBe('[]');
  });

  it('a variable called __proto__ is only a variable', async () => {
    const context = JSON.parse('{"x": {"__proto__": {"polluted": "yes"}}}');
    expect(await html('{{ x.__proto__.polluted }}', context)).toBe('yes');
    expect(await html('{{ x.polluted }}{{ y.polluted }}', { x: {}, y: {} })).toBe('');
  });
});
