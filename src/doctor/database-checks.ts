import { type Kysely, sql } from 'kysely';
import type { Config } from '../config/config.ts';
import type { ConnectedDatabase } from '../db/connect.ts';
import { migrationState } from '../db/migrator.ts';
import { readSession } from '../db/session-checks.ts';
import type { Database } from '../db/tables.ts';
import { readRights } from '../grants/read-rights.ts';
import { retentionUser } from '../grants/role-names.ts';
import { usualRoleNames } from '../grants/script.ts';
import { wantedRights } from '../grants/wanted-rights.ts';
import { missingOf } from '../job/availability.ts';
import type { JobDefinition } from '../job/define-job.ts';
import { readOverviews } from '../job/job-overview.ts';
import { type JobsSnapshot, readJobsSnapshot } from '../job/jobs-snapshot.ts';
import { readRunners } from '../scheduler/runners.ts';
import type { Json } from '../text/json.ts';
import { businessZone } from '../time/business-zone.ts';
import { failed } from './check-runner.ts';
import { checkFolder } from './data-folder.ts';
import { judgeMigrations, judgeServer, readServer } from './database.ts';
import { type CheckedSubject, type Finding, note } from './finding.ts';
import { judgeJobs } from './jobs.ts';
import { judgeMessages, type MessageFacts, readMessages } from './messages.ts';
import { judgeRights } from './rights.ts';
import { judgeZone } from './stored-zone.ts';
import { checkTemplates } from './templates.ts';

/** What was found, and what is looked at on the network afterwards. */
export interface DatabaseCheck {
  readonly checked: readonly CheckedSubject[];
  readonly stored: MessageFacts['stored'];
}

/** At most twelve statements, whatever the database holds; none of them writes. A check that fails is a finding, and the rest goes on. */
export async function checkDatabase(
  database: Pick<ConnectedDatabase, 'db' | 'label'>,
  config: Config,
  jobs: readonly JobDefinition[],
): Promise<DatabaseCheck> {
  const { db, label } = database;
  const checked: CheckedSubject[] = [];
  const check = async <T>(subject: string, run: () => Promise<readonly [T, readonly Finding[]]>) => {
    try {
      const [value, findings] = await run();
      checked.push({ subject, findings });
      return value;
    } catch (error) {
      checked.push({ subject, findings: [failed(error)] });
      return undefined;
    }
  };
  const session = await readSession(db, label);
  const server = await check('database', async () => {
    const facts = await readServer(db);
    return [facts, judgeServer(facts, config.database)];
  });
  if (config.database.kind === 'embedded' && server !== undefined) {
    const { dataDir } = config.database;
    await check('data folder', async () => [null, await checkFolder(db, dataDir, server.sizeBytes)]);
  }
  const retention = retentionUser(config, jobs);
  await check('rights', async () => {
    const names = {
      ...usualRoleNames,
      runner: session.role,
      retention: retention ?? usualRoleNames.retention,
    };
    const wanted = wantedRights(jobs, names).filter((_, index) => index === 0 || retention !== undefined);
    const found = await readRights(db, session.hasMigrations ? wanted : wanted.map(withoutOurs));
    return [found, judgeRights(found)];
  });
  const state = await check('migrations', async () => {
    const found = await migrationState(db, session.hasMigrations, session.hasIdentity);
    return [found, judgeMigrations(found)];
  });
  const mode = state?.mode ?? 'attached';
  const zones = { business: businessZone(config, mode), stored: config.storedTimezone ?? session.zone };
  if (mode === 'attached') {
    await check('OpsDeck', async () => [null, await ofOpsdeck(db, zones.stored)]);
  }
  // What follows reads our own tables.
  if (state === undefined || state.pending.length > 0) return { checked, stored: [] };
  const snapshot = await check('jobs', async () => [await readJobsSnapshot(db, jobs), []]);
  if (snapshot === undefined) return { checked, stored: [] };
  const now = session.now;
  const health = await check('history', async () => {
    const overviews = await readOverviews(
      db,
      jobs.map(({ name }) => name),
    );
    return [{ overviews, runners: await readRunners(db) }, []];
  });
  if (health !== undefined) {
    checked.push(...judgeJobs({ jobs, config, zone: zones.business, snapshot, now, ...health }));
  }
  const messages = await check('messages', async () => {
    const facts = await readMessages(db, {
      names: [...config.destinations.keys()],
      hasEventRules: server?.hasEventRules === true,
    });
    return [facts, judgeMessages(facts, config)];
  });
  if (messages !== undefined) {
    await check('templates', async () => [null, await checkTemplates(messages.templates, variablesOf(jobs))]);
  }
  await check('data', async () => {
    checked.push(...(await ofJobs(db, jobs, snapshot, { now, zones })));
    return [null, []];
  });
  return { checked, stored: messages?.stored ?? [] };
}

/** By event. */
function variablesOf(jobs: readonly JobDefinition[]): ReadonlyMap<string, readonly string[]> {
  const events = jobs.flatMap((job) => job.events ?? []);
  return new Map(
    events.flatMap(({ code, variables }) => (variables === undefined ? [] : [[code, variables]])),
  );
}

function withoutOurs<T extends { readonly grants: readonly { readonly table: string }[] }>(wanted: T): T {
  return {
    ...wanted,
    ownTables: false,
    grants: wanted.grants.filter(({ table }) => !table.startsWith('opsdeck_jobs.')),
  };
}

/** One statement: OpsDeck's revision, and the newest row of its journal against the clock. */
async function ofOpsdeck(db: Kysely<Database>, zone: string): Promise<readonly Finding[]> {
  const { rows } = await sql<{ revision: string | null; newest: string | null; age: number | null }>`
    select (select max(version_num) from public.alembic_version) as revision,
           newest::text as newest,
           extract(epoch from now() - newest at time zone ${zone}::text)::double precision as age
      from (select max("timestamp") as newest from public.audit_log) journal`.execute(db);
  const [row] = rows;
  return [
    note(`OpsDeck's revision is ${row?.revision ?? 'not known'}.`),
    judgeZone({ newest: row?.newest ?? null, ageSeconds: row?.age ?? null }, zone),
  ];
}

/** One statement for all jobs that this database can run. */
async function ofJobs(
  db: Kysely<Database>,
  jobs: readonly JobDefinition[],
  snapshot: JobsSnapshot,
  scope: Parameters<NonNullable<JobDefinition['check']>['query']>[0],
): Promise<readonly CheckedSubject[]> {
  const checks = jobs.flatMap(({ name, check, ...job }) => {
    const missing = missingOf({ name, ...job }, snapshot.present);
    return check === undefined || missing.tables.length + missing.columns.length > 0 ? [] : [{ name, check }];
  });
  if (checks.length === 0) return [];
  const queries = checks.map(
    ({ name, check }) => sql`select ${name}::text as job, (${check.query(scope)}) as found`,
  );
  const { rows } = await sql<{ job: string; found: Json }>`${sql.join(queries, sql` union all `)}`.execute(
    db,
  );
  return checks.map(({ name, check }) => {
    const found = rows.find(({ job }) => job === name)?.found ?? null;
    return { subject: name, findings: check.findings(found) };
  });
}
