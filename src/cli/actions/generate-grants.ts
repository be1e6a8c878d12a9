import { cancelOnStop } from '../../db/cancel-on-stop.ts';
import { connectDatabase } from '../../db/connect.ts';
import { readSession } from '../../db/session-checks.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import { usage } from '../../errors/usage.ts';
import { readRights } from '../../grants/read-rights.ts';
import { readRoleNames, usualRoles } from '../../grants/role-names.ts';
import type { GrantRole } from '../../grants/role-words.ts';
import { grantScript } from '../../grants/script.ts';
import { wantedRights } from '../../grants/wanted-rights.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadConfiguration, sayUnread } from '../load-configuration.ts';

/** As typed. */
export interface GenerateGrantsOptions {
  readonly role?: GrantRole;
}

/** `generate grants`: for the database as it is, whether it is migrated or not. */
export async function generateGrants(
  io: Io,
  globals: GlobalOptions,
  { role }: GenerateGrantsOptions,
): Promise<ExitCode> {
  const configuration = await loadConfiguration(io, globals);
  sayUnread(io, configuration);
  const { config, secrets } = configuration;
  if (config.database.kind === 'embedded') {
    throw usage(
      'An embedded database has no roles: whoever may read its folder may do everything.',
      'Set DATABASE_URL to the PostgreSQL database that needs the rights.',
      'no_roles',
    );
  }
  const jobs = configuration.jobs.filter(({ name }) => config.jobs[name]?.enabled !== false);
  const database = await connectDatabase(config.database, {
    applicationName: 'opsdeck-jobs',
    waitMs: 0,
    connections: 1,
    signal: io.stop,
  });
  const endStopping = cancelOnStop(database, io.stop);
  try {
    const { hasMigrations } = await readSession(database.db, database.label);
    const names = await readRoleNames(database.db, config, jobs);
    const { present } = await readRights(database.db, wantedRights(jobs, names));
    const heading = [
      `-- The rights that opsdeck-jobs needs on ${secrets.scrub(database.label)}. Run it as the owner of OpsDeck's tables.`,
      ...(hasMigrations ? [] : ['-- Run `opsdeck-jobs migrate` first: it makes the schema opsdeck_jobs.']),
    ];
    const script = grantScript({
      jobs,
      names,
      roles: role === undefined ? usualRoles(config, jobs) : [role],
      present,
    });
    io.stdout.write(`${heading.join('\n')}\n\n${script}`);
    return ExitCode.ok;
  } finally {
    endStopping();
    await database.close();
  }
}
