import { findNamed } from '../../../src/cli/runs/find-named.ts';
import type { Session } from '../../../src/cli/session.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import type { ControlsScope } from '../controls/present-controls.ts';
import { type PresentControl, readControls } from '../controls/read-controls.ts';
import type { EvaluationScope } from '../evaluate.sql.ts';
import { evidencePolicy } from '../evidence-policy.ts';
import { driftSettings } from '../settings.ts';

/** The number of a framework that is typed by name or number; null: none is. OperatorError `unknown_framework`, exit 2. */
export async function findFramework(
  { database }: Pick<Session, 'database'>,
  framework: string | undefined,
): Promise<number | null> {
  if (framework === undefined) return null;
  const { id } = await findNamed(database.db, 'framework', framework, {
    what: 'framework',
    next: "'opsdeck-jobs controls list' lists the controls of all active frameworks.",
  });
  return id;
}

/** By the settings of compliance-drift. */
export function evaluationScope(
  { database, config, zones }: Session,
  now: Date,
  frameworkId: number | null,
): EvaluationScope {
  const settings = driftSettings.parse(config.jobs['compliance-drift']?.settings ?? {});
  return { now, zones, frameworkId, policy: evidencePolicy(settings, database.mode) };
}

/** Every control of the active frameworks, or of one by name or number, by the settings of compliance-drift. */
export async function presentState(
  session: Session,
  framework: string | undefined,
): Promise<{
  readonly controls: readonly PresentControl[];
  readonly scope: ControlsScope;
  readonly now: Date;
}> {
  const { database, zones } = session;
  const now = database.clock.now();
  const scope = evaluationScope(session, now, await findFramework(session, framework));
  const controls = await readControls(database.db, scope);
  const today = dayOf(now, zones.business);
  return {
    controls,
    now,
    scope: { database: database.label, zone: zones.business, today, evaluated: controls.length },
  };
}
