/** `runner`: every job but retention. `retention`: may delete. `query`: runs the queries of access reviews. `reader`: only looks. */
export const grantRoles = ['runner', 'retention', 'query', 'reader'] as const;
export type GrantRole = (typeof grantRoles)[number];
