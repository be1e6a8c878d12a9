import { describe, expect, it } from 'vitest';
import { printedVariables, withoutAnyValue } from '../../../src/notify/templates/used-variables.ts';

describe('the variables that a template prints', () => {
  it.each<[string, readonly string[]]>([
    ['Fixed words', []],
    ['{{ a }} and {{b.c}} and {{- d -}}', ['a', 'b', 'd']],
    ['{{ a | default("b") }}{{ c|truncate(d) }}', ['a', 'c', 'd']],
    ["{{ a or 'no {{ value }}' }}", ['a']],
    ['{{ today }}{{ recipient_name }}', []],
    ['{% for row in rows %}{{ row.name }}{% endfor %}', ['rows']],
    ['{% for f, v in changes.items() %}{{ f }}{{ v.old }}{% endfor %}', ['changes']],
    ['{% if buddy %}Your buddy: {{ buddy.name }}{% endif %}', []],
    ['{% if a == b %}{% elif c is not none %}{% endif %}{{ d }}', ['d']],
    ['{% set x = y %}{{ x }}', []],
    ['{# {{ a }} #}{{ loop.index }}{{ now() }}{{ a.strftime("%d") }}', ['a']],
  ])('%s', (template, names) => {
    expect([...printedVariables(template)]).toEqual(names);
  });
});

it.each([
  [{}, ['license_name', 'days_left']],
  [{ license_name: '', days_left: null, recipient_name: 'Ana' }, ['license_name', 'days_left']],
  [{ license_name: 'Ledger' }, undefined],
  [{ days_left: 0 }, undefined],
] as const)('with %j', (context, missing) => {
  const template = 'Dear {{ recipient_name }}, {{ license_name }} ends in {{ days_left }} days';
  expect(withoutAnyValue([template, 'Fixed'], context)).toEqual(missing);
  expect(withoutAnyValue(['Dear {{ recipient_name }}'], context)).toBeUndefined();
});
