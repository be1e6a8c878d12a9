import { describe, expect, it } from 'vitest';
import { InconclusiveComparison } from '../../../../jobs/uar/compare/spec.ts';
import { onEachDatabase } from '../../../support/databases.ts';
import { compareRows, type SideRows } from './staged.ts';

const side = (columns: readonly string[], ...rows: readonly (readonly (string | null)[])[]): SideRows => ({
  columns,
  rows,
});

onEachDatabase((harness) => {
  // One database for all of it: nothing that a comparison does outlives its transaction.
  it('finds what differs, shows where, and sets aside what cannot be compared', async () => {
    const database = await harness.fresh();

    const { summary, findings } = await compareRows(
      database,
      {
        key: 'email',
        keyB: 'login',
        fields: ['role', 'groups:memberships', 'profile'],
        settings: { fields: { groups: { type: 'list' }, role: { privileged: true } } },
      },
      side(
        ['email', 'role', 'groups', 'profile'],
        ['ann', 'user', 'a;b', '{"team":{"name":"x","lead":[1,2]}}'],
        ['bob', 'admin', 'a', null],
        ['cid', 'user', null, '{"a":1}'],
        ['dup', 'user', null, null],
        ['dup', 'admin', null, null],
        ['Eve', 'user', null, null],
        [null, 'user', null, null],
        ['', 'user', null, null],
      ),
      side(
        ['login', 'role', 'memberships', 'profile'],
        ['ann', 'user', '["b","a"]', '{"team":{"lead":[1,3],"name":"x","a/b":null}}'],
        ['bob', 'user', 'a', null],
        ['cid', 'user', null, '{"a":1.0}'],
        ['eve', 'user', null, null],
        ['only', 'user', null, null],
        ['only', 'user', null, null],
      ),
    );
    expect(summary).toEqual({
      rows: { a: 8, b: 6 },
      compared: 3,
      findings: {
        'Left Only (A)': 1,
        'Right Only (B)': 1,
        Mismatch: 2,
        'Duplicate Key (A)': 1,
        'Duplicate Key (B)': 1,
        'No Key (B)': 0,
      },
      excluded: { a: { count: 0, sample: [] }, b: { count: 0, sample: [] } },
      unreported: 0,
      key_quality: {
        a: {
          empty: { count: 2, sample_rows: [7, 8] },
          duplicates: { keys: 1, rows: 2, sample: [{ key: 'dup', rows: 2 }] },
        },
        b: {
          empty: { count: 0, sample_rows: [] },
          duplicates: { keys: 1, rows: 2, sample: [{ key: 'only', rows: 2 }] },
        },
        near_misses: { count: 1, sample: [{ key_a: 'Eve', key_b: 'eve' }] },
        not_of_type: [],
      },
    });
    const told = findings.map(({ finding_type, key_text, severity, description }) => [
      finding_type,
      key_text,
      severity,
      description,
    ]);
    expect(told).toEqual([
      [
        'Duplicate Key (A)',
        'dup',
        'high',
        'The key is in 2 rows of A and in none of B; they are not compared.',
      ],
      // Nobody in A has it: as grave as a row that is in B alone.
      [
        'Duplicate Key (B)',
        'only',
        'critical',
        'The key is in 2 rows of B and in none of A; they are not compared.',
      ],
      [
        'Left Only (A)',
        'Eve',
        'high',
        "Only in A: no row of B has this key. B has 'eve', which looks the same.",
      ],
      [
        'Mismatch',
        'ann',
        'medium',
        "profile at /team/a~1b: nothing in A, null in B; profile at /team/lead/1: '2' in A, '3' in B.",
      ],
      ['Mismatch', 'bob', 'high', "role: 'admin' in A, 'user' in B."],
      [
        'Right Only (B)',
        'eve',
        'critical',
        "Only in B: no row of A has this key. A has 'Eve', which looks the same.",
      ],
    ]);
    const [duplicate, , , ann] = findings;
    expect(duplicate?.raw_data_a).toEqual({
      count: 2,
      rows: [
        { email: 'dup', role: 'user', groups: null, profile: null },
        { email: 'dup', role: 'admin', groups: null, profile: null },
      ],
    });
    expect(ann?.differences).toEqual([
      {
        field_a: 'profile',
        field_b: 'profile',
        path: '/team/a~1b',
        value_a: null,
        value_b: null,
        kind: 'only_b',
      },
      {
        field_a: 'profile',
        field_b: 'profile',
        path: '/team/lead/1',
        value_a: 2,
        value_b: 3,
        kind: 'changed',
      },
    ]);

    const numbers = { fields: ['n'], settings: { fields: { n: { type: 'number' } } } };
    const exact = await compareRows(
      database,
      numbers,
      side(
        ['key', 'n'],
        ['a', '123456789012345678901234567890.10'],
        ['b', '0.1'],
        ['c', 'n/a'],
        ['d', 'n/a'],
        ['e', '1e400'],
      ),
      side(
        ['key', 'n'],
        ['a', '123456789012345678901234567890.1'],
        ['b', '0.10000000000000000001'],
        ['c', '1'],
        ['d', 'n/a'],
        ['e', '10e399'],
      ),
    );
    expect(exact.findings.map(({ key_text }) => key_text)).toEqual(['b', 'c']);
    expect(exact.summary.key_quality.not_of_type).toEqual([
      { side: 'a', field: 'n', type: 'number', count: 1, sample: ['n/a'] },
    ]);

    // The identity outlives the data; their hash does not, and neither does the order of columns matter.
    const state = (columns: readonly string[], ...cells: readonly string[]) =>
      compareRows(
        database,
        { fields: ['x'], comparisonId: 7 },
        side(columns, cells),
        side(['key', 'x'], ['k', '9']),
      );
    const [first, again, changed] = [
      (await state(['key', 'x', 'y'], 'k', '1', '2')).findings[0],
      (await state(['y', 'x', 'key'], '2', '1', 'k')).findings[0],
      (await state(['key', 'x', 'y'], 'k', '1', '3')).findings[0],
    ];
    expect(again).toMatchObject({ identity: first?.identity, data_hash: first?.data_hash });
    expect(changed).toMatchObject({ identity: first?.identity });
    expect(changed?.data_hash).not.toBe(first?.data_hash);

    // Bounded: what is listed of thousands of differences and rows.
    const list = (from: number) => JSON.stringify(Array.from({ length: 3000 }, (_, index) => index + from));
    const many = await compareRows(
      database,
      { fields: ['doc'] },
      side(['key', 'doc'], ['k', list(0)], ...Array.from({ length: 500 }, () => ['d', null])),
      side(['key', 'doc'], ['k', list(1)]),
    );
    const differences = many.findings.find(({ finding_type }) => finding_type === 'Mismatch')?.differences;
    expect(differences).toHaveLength(101);
    expect(differences).toMatchObject({
      0: { path: '/0', value_a: 0, value_b: 1 },
      99: { path: '/99' },
      100: { kind: 'more', value_a: 2900 },
    });
    expect(many.findings[0]).toMatchObject({ finding_type: 'Duplicate Key (A)', raw_data_a: { count: 500 } });
    expect(many.findings[0]?.raw_data_a).toHaveProperty('rows.length', 20);

    // Depth that would overflow a stack, a NUL escape that jsonb cannot hold, brackets in strings: text, or compared, never an error.
    const deep = (depth: number, inside: string) => `${'['.repeat(depth)}${inside}${']'.repeat(depth)}`;
    const nested = await compareRows(
      database,
      { fields: ['doc'], settings: { fields: { doc: { type: 'json' } } } },
      side(
        ['key', 'doc'],
        ['deep', deep(50_000, '1')],
        ['limit', deep(1000, '1')],
        ['nul', '{"a":"\\u0000"}'],
        ['wide', JSON.stringify({ a: Array.from({ length: 2000 }, () => ['[[[{{"']) })],
      ),
      side(
        ['key', 'doc'],
        ['deep', deep(50_000, '2')],
        ['limit', deep(1000, '2')],
        ['nul', '{"a":"x"}'],
        [
          'wide',
          JSON.stringify(
            { a: [['[[[{{"'], ...Array.from({ length: 1999 }, () => ['[[[{{"'])] },
            undefined,
            1,
          ),
        ],
      ),
    );
    expect(nested.findings.map(({ key_text }) => key_text)).toEqual(['deep', 'limit', 'nul']);
    expect(nested.findings[1]?.differences).toMatchObject([{ path: '/0'.repeat(1000), kind: 'changed' }]);
    expect(nested.summary.key_quality.not_of_type.map(({ side: of, count }) => [of, count])).toEqual([
      ['a', 2],
      ['b', 1],
    ]);

    const long = 'k'.repeat(300);
    const full = await compareRows(database, {}, side(['key'], [`${long}1`]), side(['key'], [`${long}2`]));
    expect(full.findings.map(({ key_text }) => key_text)).toEqual([`${long}1`, `${long}2`]);
    expect(new Set(full.findings.map(({ identity }) => identity)).size).toBe(2);
    expect((await compareRows(database, {}, side(['key']), side(['key']))).summary.compared).toBe(0);
  });

  it('reports the account of somebody who left, accounts without a key by their label, and keys that look the same', async () => {
    const database = await harness.fresh();
    const hr = side(
      ['mail', 'status', 'name'],
      ['ann@x', 'Active', 'Ann'],
      ['bob@x', ' terminated', 'Bob'],
      ['cid@x', null, 'Cid'],
      ['idle@x', 'Active', 'Idle'],
    );
    const accounts = side(
      ['mail', 'login'],
      ['ann@x', 'ann'],
      ['bob@x', 'bob'],
      ['cid@x', 'cid'],
      ['аnn@x.', 'mallory'],
      [' \u200b', 'svc-backup'],
      [null, 'svc-backup'],
      ['', '\u00a0'],
    );
    const settings = {
      where: { a: [{ column: 'status', '=': 'ACTIVE', ignore_case: true }] },
      sides: 'right',
      label: 'login',
    };
    const { summary, findings } = await compareRows(database, { key: 'mail', settings }, hr, accounts);
    expect(
      findings.map(({ finding_type, key_text, severity, description }) => [
        finding_type,
        key_text,
        severity,
        description,
      ]),
    ).toEqual([
      [
        'No Key (B)',
        '(without a label)',
        'high',
        'A row of B without mail, which identifies a row; not compared.',
      ],
      ['No Key (B)', 'svc-backup', 'high', '2 rows of B without mail, which identifies a row; not compared.'],
      [
        'Right Only (B)',
        'bob@x',
        'critical',
        "Only in B: no row of A has this key. A has it in row 2, which the filter excludes (status ' terminated').",
      ],
      [
        'Right Only (B)',
        'cid@x',
        'critical',
        'Only in B: no row of A has this key. A has it in row 3, which the filter excludes (status without a value).',
      ],
      ['Right Only (B)', 'аnn@x.', 'critical', 'Only in B: no row of A has this key.'],
    ]);
    expect(summary).toMatchObject({
      rows: { a: 4, b: 7 },
      compared: 1,
      unreported: 1,
      excluded: {
        a: {
          count: 2,
          sample: [
            { row: 2, key: 'bob@x', why: "status ' terminated'" },
            { row: 3, key: 'cid@x' },
          ],
        },
        b: { count: 0 },
      },
      key_quality: { near_misses: { count: 0 } },
    });

    // With nobody of that look in A, the two are one near miss; each of them names the other.
    const near = await compareRows(
      database,
      { key: 'mail' },
      side(['mail'], ['Ann@x']),
      side(['mail'], ['аnn@x.']),
    );
    expect(near.summary.key_quality.near_misses).toEqual({
      count: 1,
      sample: [{ key_a: 'Ann@x', key_b: 'аnn@x.' }],
    });
    expect(near.findings.map(({ description }) => description)).toEqual([
      "Only in A: no row of B has this key. B has 'аnn@x.', which looks the same.",
      "Only in B: no row of A has this key. A has 'Ann@x', which looks the same.",
    ]);

    for (const [where, reason] of [
      [
        [{ column: 'status', '=': 'Aktiv' }],
        "Side A: the filter 'status = Aktiv' excludes all of its 4 rows.",
      ],
      [[{ column: 'stat', '=': 'x' }], "Side A has no column 'stat' to filter by"],
      [[{ column: 'status', matches: '(?<n>a)' }], 'Side A: the database cannot read the pattern'],
    ] as const) {
      await expect(
        compareRows(database, { key: 'mail', settings: { where: { a: where } } }, hr, accounts),
      ).rejects.toThrow(reason);
    }
  });

  describe('a column that is not there', () => {
    it('makes the comparison inconclusive, instead of everybody an orphan', async () => {
      const database = await harness.fresh();
      const [a, b] = [side(['mail', 'role'], ['x', 'y']), side(['email'], ['x'])];
      const reason = async (comparison: Parameters<typeof compareRows>[1]) => {
        const error = await compareRows(database, comparison, a, b).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(InconclusiveComparison);
        return error instanceof Error ? error.message : '';
      };
      expect(await reason({ key: 'email' })).toBe(
        "Side A has no column 'email' as the key: it has 'mail', 'role'. Was 'mail' meant?",
      );
      expect(await reason({ key: 'mail', keyB: 'email', fields: ['role'] })).toBe(
        "Side B has no column 'role' to compare: it has 'email'.",
      );
      expect(
        await reason({ key: 'mail', keyB: 'email', settings: { fields: { rol: { type: 'list' } } } }),
      ).toBe("The settings are about the field 'rol', which is not compared.");
    });
  });
});
