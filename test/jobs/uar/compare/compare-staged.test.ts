import { expect, it } from 'vitest';
import { onEachDatabase } from '../../../support/databases.ts';
import { compareRows } from './staged.ts';

onEachDatabase((harness) => {
  it('smoke', async () => {
    const database = await harness.fresh();
    const r = await compareRows(
      database,
      {
        fields: ['dept', 'groups', 'n', 'doc'],
        settings: { fields: { groups: { type: 'list' }, n: { type: 'number' } } },
      },
      {
        columns: ['key', 'dept', 'groups', 'n', 'doc'],
        rows: [
          ['ann', 'x', 'a;b', '1.0', '{"a":[1,{"b/c":2}]}'],
          ['bob', 'x', '', '1', null],
          ['carl', '1', '1', 'n/a', '5'],
          ['dup', null, null, null, null],
          ['dup', null, null, null, null],
          [null, '1', null, null, null],
          ['Eve', null, null, null, null],
        ],
      },
      {
        columns: ['key', 'dept', 'groups', 'n', 'doc'],
        rows: [
          ['ann', 'y', 'b, a', '1', '{"a":[1,{"b/c":3,"d":null}]}'],
          ['carl', '1', '2', '3', '5.0'],
          ['dan', null, null, null, null],
          ['', '1', null, null, null],
          ['eve', null, null, null, null],
        ],
      },
    );
    console.log(JSON.stringify(r, null, 1));
    expect(r.summary.compared).toBe(2);
  });
});
