import { describe, expect, it } from 'vitest';
import { type ComparedRows, sideBySide, sideBySideBlocks } from '../../../../jobs/uar/desk/side-by-side.ts';

const rows: ComparedRows = {
  data_a: { email: 'dan@example.org', role: 'admin', dept: 'IT', city: 'Vigo', both: 1 },
  data_b: { login: 'dan@example.org', role: 'user', department: 'IT', note: '', both: 1 },
  differences: [
    { field_a: 'role', field_b: 'role', path: '', value_a: 'admin', value_b: 'user', kind: 'changed' },
  ],
  key_field_a: 'email',
  key_field_b: 'login',
  field_mappings: [
    { field_a: 'dept', field_b: 'department' },
    { field_a: 'role', field_b: 'role' },
  ],
};

function marks(changes: Partial<ComparedRows>): readonly string[] | undefined {
  return sideBySide({ ...rows, ...changes })?.map(
    ({ field_a, field_b, mark }) => `${field_a}/${field_b} ${mark}`,
  );
}

describe('both rows of a mismatch', () => {
  const whole = [
    'email/login key',
    'role/role differs',
    'dept/department same',
    'city/null not compared',
    'both/both not compared',
    'null/note not compared',
  ];

  it('stand field by field, the key and what differs first', () => {
    expect(marks({})).toEqual(whole);
  });

  it('differences in another form are looked for in the rows', () => {
    expect(marks({ differences: { role: ['admin', 'user'] } })).toEqual(whole);
  });

  it('a rule that the comparison no longer has is shown as long as its finding is', () => {
    expect(marks({ field_mappings: null })?.slice(0, 2)).toEqual(whole.slice(0, 2));
  });

  it.each([
    ['A alone', { data_b: null }],
    ['several rows of one key', { data_a: [{ email: 'x' }, { email: 'x' }] }],
  ])('%s is no pair', (_, changes) => {
    expect(marks(changes)).toBeUndefined();
    expect(sideBySideBlocks(null)).toEqual([]);
  });

  it('what differs has a word, and what cannot be seen has quotes', () => {
    const [, table] = sideBySideBlocks(
      sideBySide({ ...rows, data_b: { login: 'dan@example.org', role: 'admin ', department: 'IT' } }),
    );
    expect(table).toMatchObject({
      columns: ['Field', 'A', 'B', 'Comparison'],
      rows: [
        ['email / login', 'dan@example.org', 'dan@example.org', 'key'],
        ['role', 'admin', '"admin "', { text: 'differs', tone: 'warning' }],
        ['dept / department', 'IT', 'IT', 'same'],
        ['city', 'Vigo', '-', 'not compared'],
        ['both', '1', '-', 'not compared'],
      ],
    });
  });
});
