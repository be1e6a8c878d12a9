import { findNamed } from '../../../src/cli/runs/find-named.ts';
import type { Session } from '../../../src/cli/session.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import type { ControlsScope } from '../controls/present-controls.ts';
import { type PresentControl, readControls } from '../controls/read-controls.ts';
import { evidencePolicy } from '../evidence-policy.ts';
import { driftSettings } from '../settings.ts';

/** Every control of the active frameworks, or of one by name or number, by the settings of compliance-drift. */
export async function presentState(
  { database, config, zones }: Session,
  framework: string | undefined,
): Promise<{
  readonly controls: readonly PresentControl[];
  readonly scope: ControlsScope;
  readonly now: Date;
}> {
  const { db, clock, label, mode } = database;
  const chosen =
    framework === undefined
      ? null
      : await findNamed(db, 'framework', framework, {
          what: 'framework',
          next: "'opsdeck-jobs controls list' lists the controls of all active frameworks.",
        });
  const settings = driftSettings.parse(config.jobs['compliance-drift']?.settings ?? {});
  const now = clock.now();
  const controls = await readControls(db, {
    now,
    zones,
    frameworkId: chosen?.id ?? null,
    policy: evidencePolicy(settings, mode),
  });
  const today = dayOf(now, zones.business);
  return {
    controls,
    now,
    scope: { database: label, zone: zones.business, today, evaluated: controls.length },
  };
}
