export type Side = 'A' | 'B';

/** The temporary tables, one a side. */
export const stagingTables = { A: 'uar_a', B: 'uar_b' } as const satisfies Record<Side, string>;
