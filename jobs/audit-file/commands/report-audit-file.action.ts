import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { sql, type Transaction } from 'kysely';
import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { readOrigin } from '../../../src/cli/output/report-origin.ts';
import { writeOutputFile } from '../../../src/cli/output-file.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { readActor } from '../../../src/cli/runs/actor.ts';
import { printReport } from '../../../src/cli/runs/print-report.ts';
import { readPeriod } from '../../../src/cli/runs/read-period.ts';
import { type Session, withSession } from '../../../src/cli/session.ts';
import { statementLimitOf } from '../../../src/cli/statement-timeout.ts';
import type { Database } from '../../../src/db/tables.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { usage } from '../../../src/errors/usage.ts';
import type { Report } from '../../../src/job/report.ts';
import { count } from '../../../src/text/count.ts';
import { evaluationScope, findFramework } from '../../compliance-drift/commands/present-state.ts';
import { periodScope } from '../../compliance-drift/commands/report-control.action.ts';
import { driftSettings } from '../../compliance-drift/settings.ts';
import { type AuditScope, type MadeFile, makeAuditFile } from '../make.ts';
import { keyFileOf, readKey, writeKeyFile } from '../people/key-file.ts';
import { PeopleMask } from '../people/mask.ts';
import { readPeople } from '../people/people.sql.ts';
import type { reportAuditFile as declaration } from './report-audit-file.ts';

/** `report audit-file`: everything that was recorded about a framework in a period, in one archive for its owner alone. */
export async function reportAuditFile(
  io: Io,
  globals: GlobalOptions,
  options: OptionsOf<typeof declaration>,
): Promise<ExitCode> {
  const { from, to, output, people } = options;
  const periodOf = readPeriod({ days: '30', from, ...(to === undefined ? {} : { to }) });
  if (output === '-')
    throw usage('An archive is not for stdout.', 'Give --output a file, such as audit.zip.');
  const json = options.json === true;
  return withSession(
    io,
    globals,
    { quiet: json, statementLimitMs: statementLimitOf(options) },
    async (session) => {
      const { database, zones, config } = session;
      const now = database.clock.now();
      const period = periodOf(now, zones.business);
      const id = await findFramework(session, options.framework);
      if (id === null) throw new TypeError('The framework is a required option.');
      const settings = driftSettings.parse(config.jobs['compliance-drift']?.settings ?? {});
      const scope: AuditScope = {
        framework: { id },
        period,
        days: periodScope(session, period, now),
        evaluation: evaluationScope(session, now, id),
        evidenceDir: settings.evidence_dir ?? null,
      };
      const key = people === 'pseudonyms' ? await readKey(io.cwd, keyFileOf(output)) : null;
      const made = await writeFile(session, scope, { output, key });
      if (json) writeJson(io, document(made, scope, { output, key }));
      else printReport(io, report(made, scope, { output, key }));
      return ExitCode.ok;
    },
  );
}

interface Target {
  readonly output: string;
  /** Of the pseudonyms; null: names stay. */
  readonly key: Buffer | null;
}

/** What the transaction does not keep, the folder does not either. */
async function writeFile(session: Session, scope: AuditScope, { output, key }: Target): Promise<MadeFile> {
  const { io, database } = session;
  const origin = await readOrigin(session);
  const actor = readActor(io, undefined);
  let named = false;
  try {
    return await database.db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (trx) => {
        const people = key === null ? null : new PeopleMask(key, await readPeople(trx));
        const format = { origin, person: io.userName(), mask: people?.mask ?? null };
        const { pieces, made } = await makeAuditFile(trx, scope, format, people);
        await writeOutputFile(io.cwd, output, untilStop(pieces, io.stop), {
          mode: 0o600,
          check: async () => {
            if (people !== null && key !== null)
              await writeKeyFile(io.cwd, keyFileOf(output), key, people.used());
            await logMaking(trx, { actor, at: origin.at, scope, made: made() });
          },
        });
        named = true;
        return made();
      });
  } catch (error) {
    if (named) await rm(resolve(io.cwd, output), { force: true });
    throw error;
  }
}

async function* untilStop(pieces: AsyncIterable<Buffer>, stop: AbortSignal): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    stop.throwIfAborted();
    yield piece;
  }
}

async function logMaking(
  trx: Transaction<Database>,
  {
    actor,
    at,
    scope,
    made,
  }: { readonly actor: string; readonly at: Date; readonly scope: AuditScope; readonly made: MadeFile },
): Promise<void> {
  const { first, last } = scope.days;
  const after = {
    ...{ from: first, to: last, manifest_sha256: made.manifest, head: made.head?.hash ?? null },
    ...{ files: made.files, lists: made.lists, not_included: made.missing, controls: made.controls },
  };
  await sql`
    insert into opsdeck_jobs.action_log (at, actor, action, subject, after)
    values (${at.toISOString()}::timestamptz, ${actor}, 'audit-file.make', ${`framework:${scope.framework.id}`},
            ${JSON.stringify(after)}::text::jsonb)`.execute(trx);
}

function document(made: MadeFile, scope: AuditScope, { output, key }: Target) {
  return {
    file: output,
    from: scope.days.first,
    to: scope.days.last,
    files: made.files,
    lists: made.lists,
    not_included: made.missing,
    controls: made.controls,
    record_head: made.head?.hash ?? null,
    manifest_sha256: made.manifest,
    people_key: key === null ? null : keyFileOf(output),
  };
}

function report(made: MadeFile, { days }: AuditScope, { output, key }: Target): Report {
  return [
    {
      kind: 'line',
      tone: 'good',
      text: `${output} has ${count(made.controls, 'control')}, ${days.first} to ${days.last}: ${count(made.files, 'file')}.`,
    },
    ...(made.missing === 0
      ? []
      : [
          {
            kind: 'line',
            tone: 'warning',
            text: `${count(made.missing, 'thing')} not included: 01-cover.html names each and why.`,
          } as const,
        ]),
    { kind: 'line', text: `MANIFEST.txt: sha256 ${made.manifest}` },
    { kind: 'line', text: 'Give this hash to the auditor by another way than the archive.' },
    ...(key === null
      ? []
      : [
          {
            kind: 'line',
            text: `${keyFileOf(output)} has who is behind each pseudonym: keep it apart from the archive.`,
          } as const,
        ]),
  ];
}
