/** Hours that have the same minutes. */
export interface TimeGroup {
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
}

/** Times of day as products of hours and minutes, which is how calendars write them. */
export function timeGroups(times: readonly number[]): readonly TimeGroup[] {
  const minutesOf = new Map<number, number[]>();
  for (const time of times) {
    const hour = Math.floor(time / 60);
    minutesOf.set(hour, [...(minutesOf.get(hour) ?? []), time % 60]);
  }
  const groups = new Map<string, { hours: number[]; minutes: readonly number[] }>();
  for (const [hour, minutes] of minutesOf) {
    const key = minutes.join(',');
    const group = groups.get(key) ?? { hours: [], minutes };
    group.hours.push(hour);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The step that makes the values from 0 up to `size`; undefined: they are others. */
export function stepOf(values: readonly number[], size: number): number | undefined {
  const step = (values[1] ?? size) - (values[0] ?? 0);
  const isWhole = values[0] === 0 && values.length > 1 && size % step === 0 && values.length === size / step;
  return isWhole && values.every((value, index) => value === index * step) ? step : undefined;
}
