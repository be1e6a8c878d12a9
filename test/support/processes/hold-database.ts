import { createInterface } from 'node:readline';
import { sql } from 'kysely';
import { toOperatorError } from '../../../src/db/errors.ts';
import { openDatabase } from '../../../src/db/open-migrated.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';

/*
 * A process that opens the embedded database in a folder and does what its standard input says, a line each. It says
 * what happened as one JSON document a line.
 */

function say(event: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

const [dataDir = '', waitMs = '0'] = process.argv.slice(2);

try {
  const { db, label, close } = await openDatabase(
    { kind: 'embedded', dataDir },
    {
      applicationName: 'opsdeck-jobs test-holder',
      waitMs: Number(waitMs),
      storedTimezone: undefined,
      onNotice: (notice) => say({ event: 'notice', notice }),
    },
  );
  say({ event: 'open', pid: process.pid, label });
  for await (const line of createInterface({ input: process.stdin })) {
    const [command, name = ''] = line.split(' ');
    if (command === 'store') {
      await db.insertInto('tag').values({ name, is_archived: false }).execute();
      say({ event: 'stored' });
    } else if (command === 'fill') {
      await sql`insert into tag (name, is_archived)
        select md5(n::text), false from generate_series(1, ${Number(name)}::int) as n`.execute(db);
      say({ event: 'filled' });
    } else if (command === 'begin') {
      const trx = await db.startTransaction().execute();
      await trx.insertInto('tag').values({ name, is_archived: false }).execute();
      say({ event: 'begun' });
    } else if (command === 'run') {
      await db
        .insertInto('opsdeck_jobs.job_run')
        .values({
          job: name,
          status: 'running',
          trigger: 'manual',
          params: '{}',
          started_at: '2026-01-01T00:00:00Z',
          runner: 'test:1',
          program_version: '0',
        })
        .execute();
      say({ event: 'running' });
    } else if (command === 'list') {
      const tags = await db.selectFrom('tag').select('name').orderBy('name').execute();
      const runs = await db
        .selectFrom('opsdeck_jobs.job_run')
        .select(['job', 'status', 'error_code'])
        .execute();
      say({ event: 'list', tags: tags.map((tag) => tag.name), runs });
    } else {
      await close();
      say({ event: 'closed' });
      break;
    }
  }
} catch (thrown) {
  const error = toOperatorError(thrown);
  say(
    error instanceof OperatorError
      ? {
          event: 'error',
          code: error.code,
          message: error.message,
          next: error.next,
          exitCode: error.exitCode,
        }
      : { event: 'fault', name: error.name, message: error.message },
  );
}
// What is left open is left open: the process ends as a crash would.
process.exit();
