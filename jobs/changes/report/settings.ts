import type { Json, JsonObject } from '../../../src/text/json.ts';
import type { Step, Stretch } from './steps.sql.ts';

/** A value that runs have had since a moment, and what they had before; null: not set. */
export interface SettingChange {
  readonly setting: string;
  readonly before: Json;
  readonly after: Json;
  readonly firstSeen: Date;
  readonly host: string;
  readonly version: string;
  readonly jobs: readonly string[];
}

/** A setting that hosts which run the same job at the same time have different values of. */
export interface HostDifference {
  readonly setting: string;
  readonly jobs: readonly string[];
  readonly values: ReadonlyArray<{ readonly host: string; readonly value: Json }>;
}

/** By hash; one may be missing that could not be stored. */
export type Contents = ReadonlyMap<string, JsonObject>;

/** Settings of the program are the same for all jobs: such a change is one, first seen by the first of the runs. Pure. */
export function settingChanges(steps: readonly Step[], contents: Contents): readonly SettingChange[] {
  const found = new Map<string, SettingChange>();
  const times = new Map<string, number>();
  for (const step of steps) {
    for (const [setting, before, after] of differencesOf(step, contents)) {
      const same = JSON.stringify([setting, before, after, step.host]);
      // Of one job it is the second time when it was changed back in between.
      const time = (times.get(`${step.job} ${same}`) ?? 0) + 1;
      times.set(`${step.job} ${same}`, time);
      const known = found.get(`${time} ${same}`);
      found.set(`${time} ${same}`, {
        ...{ setting, before, after, host: step.host },
        firstSeen: known?.firstSeen ?? step.started_at,
        version: known?.version ?? step.version,
        jobs: [...(known?.jobs ?? []), step.job].sort(),
      });
    }
  }
  return [...found.values()].sort((a, b) => a.firstSeen.getTime() - b.firstSeen.getTime());
}

type Difference = readonly [setting: string, before: Json, after: Json];

function differencesOf(step: Step, contents: Contents): readonly Difference[] {
  const version: readonly Difference[] =
    step.version === step.version_before
      ? []
      : [['version of the program', step.version_before, step.version]];
  if (step.hash === step.hash_before) return version;
  const [before, after] = [contents.get(step.hash_before), contents.get(step.hash)];
  if (before === undefined || after === undefined) {
    return [...version, ['settings that were not stored', step.hash_before, step.hash]];
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return [
    ...version,
    ...keys.flatMap((key): Difference[] => {
      const [old, now] = [before[key] ?? null, after[key] ?? null];
      return JSON.stringify(old) === JSON.stringify(now) ? [] : [[key, old, now]];
    }),
  ];
}

/** Hosts whose newest settings were in use at the same time, and differ. A host that went, and one that came after it, do not. Pure. */
export function hostDifferences(
  stretches: readonly Stretch[],
  contents: Contents,
): readonly HostDifference[] {
  const found = new Map<string, HostDifference>();
  for (const job of new Set(stretches.map((one) => one.job))) {
    const ofJob = stretches.filter((one) => one.job === job);
    const differing = ofJob.filter((one) =>
      ofJob.some((other) => other.hash !== one.hash && together(one, other)),
    );
    const keys = new Set(differing.flatMap(({ hash }) => Object.keys(contents.get(hash) ?? {})));
    for (const setting of [...keys].sort()) {
      const values = differing.flatMap(({ host, hash }) => {
        const content = contents.get(hash);
        return content === undefined ? [] : [{ host, value: content[setting] ?? null }];
      });
      if (new Set(values.map(({ value }) => JSON.stringify(value))).size < 2) continue;
      const key = JSON.stringify([setting, values]);
      found.set(key, { setting, values, jobs: [...(found.get(key)?.jobs ?? []), job] });
    }
  }
  return [...found.values()];
}

function together(one: Stretch, other: Stretch): boolean {
  return one.first_at <= other.last_at && other.first_at <= one.last_at;
}
