import { describe, expect, it } from 'vitest';
import { comparisonSettings } from '../../../../jobs/uar/compare/settings.ts';

describe('due dates of findings', () => {
  it.each([0, 3650, '7d', '1 day', '30 days', '3650 days'])('accepts %j', (critical) => {
    expect(comparisonSettings.parse({ due: { critical } }).due).toEqual({ critical });
  });

  it.each(['soon', '30 weeks', '3651 days', '9999 days', -1, 3651, 1.5, null])(
    'names what %j should be, whatever its type',
    (critical) => {
      const { error } = comparisonSettings.safeParse({ due: { critical } });
      expect(error?.issues.map(({ message }) => message)).toEqual([
        'is not a number of days up to 3650, such as 30 or "30 days"',
      ]);
    },
  );
});
