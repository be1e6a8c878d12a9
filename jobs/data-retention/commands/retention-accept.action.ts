import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { writeLine } from '../../../src/cli/render/line.ts';
import { authorOf, readActor } from '../../../src/cli/runs/actor.ts';
import { consent } from '../../../src/cli/runs/confirm.ts';
import { readCount } from '../../../src/cli/runs/read-count.ts';
import { readReason } from '../../../src/cli/runs/read-reason.ts';
import { readUntil } from '../../../src/cli/runs/read-until.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { findDecider } from '../../../src/decisions/author.ts';
import { count } from '../../../src/text/count.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { acceptAhead } from '../policy/acceptance.sql.ts';
import { enabledPolicies, findPolicy, policyHash } from '../policy/policy.ts';
import { retentionSettings } from '../settings.ts';
import type { retentionAccept } from './retention-accept.ts';

/** As typed. */
type AcceptOptions = OptionsOf<typeof retentionAccept>;

/** `retention accept POLICY`: for the policy as it is now. Whatever changes which rows it takes ends it. */
export async function acceptPolicy(
  io: Io,
  globals: GlobalOptions,
  name: string,
  options: AcceptOptions,
): Promise<ExitCode> {
  const actor = readActor(io, options.as);
  const rows = readCount(options.max, '--max', 1_000_000_000);
  const reason = options.reason === undefined ? null : readReason(options.reason);
  const json = options.json === true;
  return withSession(io, globals, { quiet: json }, async (session) => {
    const { database, config, zones, logger } = session;
    const now = database.clock.now();
    const until = readUntil(options.until, dayOf(now, zones.business));
    const settings = retentionSettings.parse(config.jobs['data-retention']?.settings ?? {});
    const policy = findPolicy(enabledPolicies(settings), name);
    const hash = policyHash(policy);
    // Before anybody is asked.
    await findDecider(database.db, actor);
    const document = { policy: name, until, max: rows };
    const ended = await consent(io, options, async () => ({
      words: `accept at most ${count(rows, 'row')} of ${policy.table} for the policy ${name} through ${until}`,
      count: rows,
      document,
    }));
    if (ended !== null) return ended;
    const author = authorOf(session, actor);
    const mail = await database.db
      .transaction()
      .execute((trx) =>
        acceptAhead(trx, { name, hash, table: policy.table }, { rows, until, reason, author, now }),
      );
    logger.info(
      { 'event.action': 'retention.accepted', 'labels.policy': name, 'user.name': actor },
      `${name}: ${count(rows, 'row')} accepted through ${until} by ${actor}`,
    );
    if (json) writeJson(io, { database: database.label, dry_run: false, ...document });
    else {
      writeLine(
        io.stdout,
        `The policy ${name} may take at most ${count(rows, 'row')} of ${policy.table} through ${until}. A change of the policy ends this.`,
      );
      if (mail !== null) writeLine(io.stdout, mail);
    }
    return ExitCode.ok;
  });
}
