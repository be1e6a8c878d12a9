import { afterAll, describe, expect, it } from 'vitest';
import { createRenderer } from '../../../src/notify/templates/renderer.ts';
import type { JsonObject } from '../../../src/text/json.ts';

const renderer = createRenderer();
afterAll(() => renderer.close());

describe("filters behave as Jinja's", () => {
  // Expected values from Jinja 3.1.
  it.each<[string, JsonObject, string]>([
    ["{{ 'Hello to the whole world'|truncate(10) }}", {}, 'Hello...'],
    ["{{ 'Hello to the whole world'|truncate(10, true) }}", {}, 'Hello t...'],
    ["{{ 'Hello to the whole world'|truncate(length=12, end='…', leeway=0) }}", {}, 'Hello to…'],
    ["{{ 'Hello world'|truncate(8) }}", {}, 'Hello world'],
    [
      "{{ '%.2f EUR, %05d, %s, %x, 100%%'|format(1234.5, 42, 'a', 255) }}",
      {},
      '1234.50 EUR, 00042, a, ff, 100%',
    ],
    ["{{ '%+d|%-5s|%5s|%.1e'|format(7, 'a', 'b', 12345) }}", {}, '+7|a    |    b|1.2e+04'],
    [
      "{{ '12'|int + 1 }} {{ '3.9'|int }} {{ 'x'|int }} {{ 'x'|int(7) }} {{ 'ff'|int(base=16) }}",
      {},
      '13 3 0 7 255',
    ],
    ["{{ '1.5'|float }} {{ 'x'|float(2.5) }}", {}, '1.5 2.5'],
    [
      '{{ x|length }} {{ missing|length }} {{ d|count }} {{ "añ😀"|length }}',
      { x: [1, 2], d: { a: 1 } },
      '2 0 1 3',
    ],
    ["{{ 'a b-c, d'|wordcount }}", {}, '4'],
    ["[{{ 'ab'|center(7) }}]", {}, '[   ab  ]'],
    ["{{ 'a b&c/d (ü)'|urlencode }}", {}, 'a%20b%26c/d%20%28%C3%BC%29'],
    ['{{ d|urlencode|safe }}', { d: { 'a b': 'c/d', e: 1 } }, 'a%20b=c%2Fd&e=1'],
    ["{{ x|default('none') }} {{ ''|default('empty', true) }}", {}, 'none empty'],
    ["{{ ['b','a']|sort|join(', ') }} {{ 'x y'|title }} {{ 3.14159|round(2) }}", {}, 'a, b X Y 3.14'],
  ])('%s', async (template, context, expected) => {
    const bodyHtml = `{% autoescape false %}${template}{% endautoescape %}`;
    expect((await renderer.render({ subject: '', bodyHtml, context, form: 'mail' })).html).toBe(expected);
  });
});
