import { readChanges } from '../../changes/report/read.ts';
import type { OverviewPart } from './part.ts';
import { named } from './runs.ts';

/** What changed in the monitoring itself. */
export const monitoringPart: OverviewPart = {
  title: 'Changes of the monitoring',
  read: async ({ db, compared: { present, before } }) => {
    const now = await readChanges(db, { ...present, days: 31 });
    const then = await readChanges(db, { ...before, days: 31 });
    const known = then.recordedSince !== null && then.recordedSince <= before.from;
    const next = `report changes ${present.options}`;
    return [
      {
        what: 'settings and versions changed',
        ...{ value: now.settings.length, before: known ? then.settings.length : null },
        detail: named([...new Set(now.settings.map(({ setting }) => setting))]),
        ...{ bad: false, next },
      },
      {
        ...{ what: 'settings that differ between hosts', value: now.hosts.length, before: null },
        detail: named([...new Set(now.hosts.map(({ setting }) => setting))]),
        ...{ bad: true, next },
      },
      {
        what: 'jobs and notifications switched or paused',
        ...{ value: now.decisions.length, before: then.decisions.length },
        detail: named([...new Set(now.decisions.map(({ subject }) => subject))]),
        ...{ bad: false, next },
      },
      {
        ...{ what: 'changed rules', value: now.rules.length, before: then.rules.length },
        detail: named([...new Set(now.rules.map(({ framework, control }) => `${framework} ${control}`))]),
        ...{ bad: false, next },
      },
    ];
  },
};
