import { z } from 'zod';

/** Days left at which an alert is due, largest first, each once; negative: days since. */
export type Thresholds = readonly number[];

/** Of credentials and certificates, when nothing else is configured. */
export const usualThresholds: Thresholds = [30, 14, 7, 1, 0, -1, -7, -30];

/** A list of thresholds in the configuration file. Order does not matter; nothing in it may be a slip. */
export const thresholdList = z
  .array(z.int().min(-365).max(3650))
  .min(1, { error: 'is empty: no alert would ever be sent' })
  .max(30)
  .refine((list) => new Set(list).size === list.length, { error: 'names a number of days twice' });

export function inOrder(days: Iterable<number>): Thresholds {
  return [...new Set(days)].sort((a, b) => b - a);
}

/** What OpsDeck's settings say: `30,14,7`. */
export interface OpsdeckThresholds {
  readonly thresholds: Thresholds;
  /** The days at which OpsDeck queues its own notices. */
  readonly opsdeckDays: number;
  /** Parts that are no number of days. */
  readonly unreadable: readonly string[];
}

const usualOpsdeckDays = 7;
const opsdeckList = '30,14,7';

/**
 * Of subscriptions and licences: the days of the notification event and those of the settings page together. As in OpsDeck,
 * an event without days, or with 0, means 7; a missing list, or one in which nothing can be read, is `30,14,7`.
 */
export function fromOpsdeck(daysOffset: number | null, notifyDaysBefore: string | null): OpsdeckThresholds {
  const parts = (notifyDaysBefore ?? opsdeckList).split(/[,;\s]+/).filter((part) => part !== '');
  const readable = parts.filter((part) => /^\d{1,4}$/.test(part));
  const listed = (readable.length > 0 ? readable : opsdeckList.split(',')).map(Number);
  const opsdeckDays = daysOffset === null || daysOffset <= 0 ? usualOpsdeckDays : daysOffset;
  return {
    thresholds: inOrder([...listed, opsdeckDays]),
    opsdeckDays,
    unreadable: parts.filter((part) => !readable.includes(part)),
  };
}

/**
 * Certificates that live shorter than this have thresholds of their own. Public TLS certificates live 200 days now, 100 from
 * 2027-03-15, 47 from 2029-03-15 (CA/Browser Forum, SC-081).
 */
const shortLife = 120;

/**
 * Of a certificate that lives `life` days: below 120 days the largest threshold is at most a quarter of its life, because ACME renews
 * at a third, and every other at most a sixth, so that a certificate of six days is not announced on the day it is issued. A life
 * that is not known, or that is not positive and finite, changes nothing.
 */
export function forLife(thresholds: Thresholds, life: number | null): Thresholds {
  if (life === null || !(life > 0) || life >= shortLife) return thresholds;
  const part = (share: number) => Math.floor(life / share);
  return inOrder(thresholds.map((days, index) => Math.min(days, part(index === 0 ? 4 : 6))));
}

/** Of what renews every `period` days: a threshold is at most a third of it, so that a monthly one is not announced all the time. */
export function forPeriod(thresholds: Thresholds, period: number): Thresholds {
  const most = Math.floor(period / 3);
  const fitting = thresholds.filter((days) => days <= most);
  return fitting.some((days) => days >= 0) ? fitting : inOrder([most, ...fitting]);
}

/** The smallest threshold that `daysLeft` has reached; undefined: none yet. */
export function reached(thresholds: Thresholds, daysLeft: number): number | undefined {
  return thresholds.findLast((days) => days >= daysLeft);
}

/** Ended, and past the last threshold: nothing more is to come. */
export function isPast(thresholds: Thresholds, daysLeft: number): boolean {
  return daysLeft < Math.min(0, thresholds.at(-1) ?? 0);
}

/** The threshold that comes next after today; undefined: none. */
export function next(thresholds: Thresholds, daysLeft: number): number | undefined {
  return thresholds.find((days) => days < daysLeft);
}
