import { sql } from 'kysely';
import type { OpenDatabase } from '../../src/db/database.ts';
import type { JobDefinition } from '../../src/job/define-job.ts';
import type { Renewed } from '../../src/notify/outbox/renewal.ts';
import { renewHeld } from '../../src/notify/outbox/renew-held.ts';
import { testEnvironment } from './runner.ts';

/** Puts every queued alert of a job on hold as too old, and lets the job decide about them. */
export async function holdAndRenew(database: OpenDatabase, job: JobDefinition): Promise<Renewed> {
  await sql`
    update opsdeck_jobs.message set state = 'held', last_code = 'too_old', last_reason = 'too old'
     where job = ${job.name} and state = 'queued'`.execute(database.db);
  const { config, logger, zones } = testEnvironment(database, [job]);
  const { db, mode, clock } = database;
  return renewHeld({ db, mode, clock, zones, logger, config, jobs: [job] });
}
