import type { RunningRun } from '../../job/jobs-snapshot.ts';
import type { RunFault } from '../../job/run-outcome.ts';
import type { Session } from '../session.ts';
import type { DryRun, Preview } from './make-previews.ts';
import { runDocument } from './run-document.ts';

/** Of several jobs. */
export function previewsDocument(
  session: Session,
  previews: readonly Preview[],
  interrupted: readonly RunningRun[],
): Readonly<Record<string, unknown>> {
  return {
    database: session.secrets.scrub(session.database.label),
    ...interruptedDocument(interrupted),
    jobs: previews.map((one) => {
      if ('unavailable' in one) {
        return { job: one.definition.name, status: 'unavailable', reason: one.unavailable };
      }
      if ('nothing' in one) {
        return { job: one.definition.name, status: 'nothing_to_evaluate', reason: one.nothing };
      }
      return previewDocument(session, one, one.outcome.fault);
    }),
  };
}

/** Of one job. */
export function previewDocument(
  { secrets, database }: Session,
  { definition, outcome, glimpses, rows }: DryRun,
  fault: RunFault | null,
) {
  return {
    ...runDocument(outcome, secrets.scrub(database.label), { dryRun: true, fault }),
    messages: outcome.messages.map((message) => {
      const { draft: _, ...rest } = message;
      const { subject = null, firstLine = null } = glimpses.get(message) ?? {};
      return { ...rest, subject, first_line: firstLine };
    }),
    rows,
    beside_opsdeck: database.mode === 'attached' ? (definition.besideOpsdeck ?? null) : null,
  };
}

export function interruptedDocument(interrupted: readonly RunningRun[]) {
  return {
    interrupted_runs: interrupted.map(({ id, job, runner, started_at: at }) => ({
      run_id: id,
      job,
      runner,
      started_at: at.toISOString(),
    })),
  };
}
