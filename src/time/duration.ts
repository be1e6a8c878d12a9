import { usage } from '../errors/usage.ts';

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** What is allowed, for messages. */
export const durationHint = 'a number and s, m, h, d or w, such as 30s, 10m or 1h30m';

/**
 * `10m` → 600000. Units: ms, s, m, h, d (24 hours), w; several may follow each other (`1h30m`).
 * undefined when the text is no duration.
 */
export function readDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) {
    total += Number(amount) * (units[unit ?? ''] ?? 0);
  }
  const milliseconds = Math.round(total);
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined;
}

/** Like {@link readDuration}, but a text that is no duration is an OperatorError `invalid_duration` (exit 2) naming `what`. */
export function parseDuration(text: string, what = 'duration'): number {
  const milliseconds = readDuration(text);
  if (milliseconds === undefined) {
    throw usage(`The ${what} '${text}' is not a duration.`, `Give ${durationHint}.`, 'invalid_duration');
  }
  return milliseconds;
}

/** For people, of a limit or a wait: `0.5 s`, `60 s`. */
export function inSeconds(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  return `${seconds < 10 ? Number(seconds.toFixed(3)) : Math.round(seconds)} s`;
}

/** For people, at most two units: `850ms`, `12.3s`, `5m 20s`, `2h 5m`, `3d 4h`. */
export function formatDuration(milliseconds: number): string {
  const rounded = Math.max(0, Math.round(milliseconds));
  if (rounded < 1000) return `${rounded}ms`;
  if (rounded < 59_950) return `${Number((rounded / 1000).toFixed(1))}s`;
  const seconds = Math.round(rounded / 1000);
  const steps: ReadonlyArray<readonly [string, number]> = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ];
  const first = steps.findIndex(([, size]) => seconds >= size);
  const [unit, size] = steps[first] ?? ['s', 1];
  const [nextUnit, nextSize] = steps[first + 1] ?? ['', 0];
  const rest = nextSize === 0 ? 0 : Math.floor((seconds % size) / nextSize);
  const head = `${Math.floor(seconds / size)}${unit}`;
  return rest === 0 ? head : `${head} ${rest}${nextUnit}`;
}
