/*
 * How long one statement on the embedded database may take. It blocks the only connection, and nothing but the end of its thread
 * ends it. A server has `statement_timeout` for that, and other connections.
 */

/** Of a short command, and of the daemon's own work. */
export const shortStatementMs = 60_000;

/** Of what goes through all the data: an import, a comparison, a verification, a migration. */
export const longStatementMs = 30 * 60_000;

/** Of a run: its own time limit ends it. */
export const limitOfRun = Number.POSITIVE_INFINITY;
