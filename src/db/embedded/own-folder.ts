import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../time/clock.ts';
import { DatabaseHeldError, ownerInWords } from './database-held.ts';
import type { Owner, Stay } from './owner.ts';
import { type Held, type Ownership, tryToOwn } from './ownership.ts';

export interface OwnFolderOptions {
  /** What the owner is doing, for the message to whoever wants the folder next. */
  readonly command: string;
  readonly stay?: Stay | undefined;
  /** For any owner, in milliseconds; undefined: {@link briefWaitMs} for one that leaves soon, and no time for others. */
  readonly waitMs?: number | undefined;
  /** Do not wait for an owner that would run the command: throw at once. */
  readonly takeOffer: boolean;
  readonly signal?: AbortSignal;
  /** Told once, when it has waited for a second. */
  readonly onWait?: (notice: string) => void;
}

/** How long everybody waits for an owner that leaves soon, or that will soon take the command. */
const briefWaitMs = 30_000;

/** Most owners leave before a person would ask why nothing happens. */
const noticeAfterMs = 1000;

const pollEveryMs = 100;

/** A daemon looks more often: among any number of short commands it is nearly always the first at a free folder, and then runs theirs. */
const daemonPollEveryMs = 20;

/**
 * Becomes the owner of a folder.
 *
 * | who has it                           | what becomes of it                                           |
 * | a short command                      | waited for, by everybody                                     |
 * | a daemon that takes commands         | with `takeOffer`: thrown at once, so that it can be asked    |
 * | a daemon that starts or stops        | with `takeOffer`: waited for, until it takes commands or left |
 * | anybody else, or a daemon for others | thrown at once, unless `waitMs` is given                     |
 *
 * @throws {@link DatabaseHeldError} when the time is over.
 */
export async function ownFolder(folder: string, options: OwnFolderOptions): Promise<Ownership> {
  const { command, stay, signal } = options;
  const self: Owner = { pid: process.pid, command, startedAt: systemClock.now().toISOString(), stay };
  const began = performance.now();
  let hasTold = false;
  for (;;) {
    const attempt = await tryToOwn(folder, self);
    if ('release' in attempt) return attempt;
    signal?.throwIfAborted();
    const isOffered = options.takeOffer && attempt.offering !== undefined;
    const waitMs = options.waitMs ?? (leavesSoon(attempt, options) ? briefWaitMs : 0);
    const waitedMs = performance.now() - began;
    const leftMs = waitMs - waitedMs;
    if (isOffered || leftMs <= 0) throw new DatabaseHeldError(folder, attempt, isOffered ? 0 : waitMs);
    if (!hasTold && waitedMs >= noticeAfterMs) {
      options.onWait?.(`Waiting for ${ownerInWords(attempt.owner)}, which uses the database in ${folder}.`);
      hasTold = true;
    }
    const pauseMs = Math.min(stay === 'daemon' ? daemonPollEveryMs : pollEveryMs, leftMs);
    await sleep(pauseMs, undefined, signal === undefined ? {} : { signal });
  }
}

/** Leaves the folder, or takes commands, in a time that a person waits for. */
function leavesSoon({ owner }: Held, { takeOffer }: OwnFolderOptions): boolean {
  return owner.stay === 'brief' || (owner.stay === 'daemon' && takeOffer);
}
