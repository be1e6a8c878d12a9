/*
 * Names of variables by themselves: what is read before the configuration does not load its schemas.
 */

/** Where the other sources are; not part of the configuration itself. */
export const sourceVariables = {
  configFile: 'OPSDECK_JOBS_CONFIG',
  envFile: 'OPSDECK_JOBS_ENV_FILE',
} as const;

export const databaseNames = { url: 'DATABASE_URL', dataDir: 'OPSDECK_JOBS_DATA_DIR' } as const;
