/** Where rates come from: `ecb` publishes them, `frankfurter` passes the ECB's on. */
export const providers = ['frankfurter', 'ecb'] as const;
export type Provider = (typeof providers)[number];
