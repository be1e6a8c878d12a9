import { withEnteredBy } from '../../decisions/entered-by.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import { usage } from '../../errors/usage.ts';
import { type Decision, decidedKinds, isDecision, listDecisions } from '../../job/action-history.ts';
import type { ReportBlock } from '../../job/report.ts';
import { cutAt } from '../../text/cut-at.ts';
import { nearest } from '../../text/suggest.ts';
import { shortWallClock } from '../../time/human-time.ts';
import { readPastInstant } from '../../time/read-instant.ts';
import type { OptionsOf } from '../commands/command-context.ts';
import type { decisionsList as declaration } from '../commands/decisions.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import { printReport } from '../runs/print-report.ts';
import { readCount } from '../runs/read-count.ts';
import { type Session, withSession } from '../session.ts';

type Options = OptionsOf<typeof declaration>;

/** `decisions list`: the action log, newest first. */
export async function decisionsList(io: Io, globals: GlobalOptions, options: Options): Promise<ExitCode> {
  const limit = readCount(options.limit, '--limit', 10_000);
  const json = options.json === true;
  return withSession(io, globals, { quiet: json }, async (session) => {
    const { database, zones, secrets } = session;
    const { since } = options;
    const filter = {
      since:
        since === undefined ? null : readPastInstant(since, '--since', zones.business, database.clock.now()),
      actor: options.by?.trim() ?? null,
      kind: options.kind?.trim() ?? null,
      after: options.after === undefined ? null : await keyOf(session, options.after),
      limit: limit + 1,
    };
    const { shown: decisions, last } = cutAt(limit, await listDecisions(database.db, filter));
    if (decisions.length === 0 && filter.kind !== null) await refuseUnknownKind(session, filter.kind);
    if (json) {
      writeJson(io, {
        database: secrets.scrub(database.label),
        decisions: decisions.map(({ actor, at, action, subject, ...rest }) => ({
          at: at.toISOString(),
          by: actor,
          action,
          about: subject,
          ...rest,
        })),
        after: last?.id ?? null,
      });
    } else printReport(io, report(decisions, session), last?.id);
    return ExitCode.ok;
  });
}

async function keyOf({ database }: Session, id: string): Promise<string> {
  if (await isDecision(database.db, id.trim())) return id.trim();
  throw usage(`There is no decision ${id}.`, '`decisions list --json` has the ids of decisions.');
}

async function refuseUnknownKind({ database }: Session, kind: string): Promise<void> {
  const kinds = await decidedKinds(database.db);
  if (kinds.length === 0 || kinds.includes(kind.toLowerCase())) return;
  const near = nearest(kind, kinds);
  throw usage(
    `No decision is about a ${kind}${near === undefined ? '.' : `; did you mean ${near}?`}`,
    `Decisions are about: ${kinds.join(', ')}.`,
  );
}

function report(decisions: readonly Decision[], session: Session): readonly ReportBlock[] {
  if (decisions.length === 0) return [{ kind: 'line', text: 'No decision was found.' }];
  const zone = session.zones.business;
  const now = session.database.clock.now();
  return [
    { kind: 'line', text: `Times in ${zone}` },
    {
      kind: 'table',
      columns: ['When', 'By', 'Decision', 'About', 'Reason'],
      rows: decisions.map(({ at, actor, action, subject, reason, entered_by: enteredBy }) => [
        shortWallClock(at, zone, now),
        withEnteredBy(actor, enteredBy),
        action,
        subject,
        reason ?? '',
      ]),
    },
  ];
}
