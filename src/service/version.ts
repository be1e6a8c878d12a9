/** Injected by the build; running from the sources (tests) has none. */
declare const OPSDECK_JOBS_VERSION: string | undefined;

/** The program's version, as in package.json. */
export const version = typeof OPSDECK_JOBS_VERSION === 'string' ? OPSDECK_JOBS_VERSION : '0.0.0-source';
