import { jobs } from '../../../jobs/index.ts';
import { grantScript, usualRoleNames } from '../../../src/grants/script.ts';

const heading = `-- The rights that the jobs need on a database of OpsDeck (0.6.10 or later), grouped by job. Leave out the jobs that you do not run.
-- \`opsdeck-jobs generate grants\` prints the same for one database. Run it after \`opsdeck-jobs migrate\`, as the owner of OpsDeck's
-- tables, with the right to create roles:
--
--   psql -v ON_ERROR_STOP=1 -f grants.sql opsdeck
--
-- No password hash, token or licence key can be read with it. Run it again after each update of OpsDeck: it changes nothing that is
-- in place.
`;

/** docs/grants.sql: the script for any OpsDeck. */
export function grantsFile(): string {
  return `${heading}\n${grantScript({ jobs, names: usualRoleNames, roles: ['runner', 'retention'] })}`;
}
