/** `latest`: one run stands for all missed firings. `skip`: missed firings are recorded and not made up for. */
export const misfirePolicies = ['latest', 'skip'] as const;
export type MisfirePolicy = (typeof misfirePolicies)[number];
