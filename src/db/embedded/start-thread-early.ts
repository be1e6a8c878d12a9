import { readdirSync } from 'node:fs';
import { addressSpaceLeft } from '../../errors/process-limits.ts';
import { hasDatabase } from './data-folder.ts';
import { DatabaseThread } from './database-thread.ts';

/** WebAssembly reserves 10 GiB of addresses for any memory of its own. Where fewer addresses are left, Node may end the process instead of throwing. */
const addressesOfThread = 10.5 * 2 ** 30;

export function hasAddressesForThread(): boolean {
  const left = addressSpaceLeft();
  return left === undefined || left >= addressesOfThread;
}

/**
 * Lets the thread of an embedded database load PGlite while the program loads its configuration, if the folder has a database that
 * nobody seems to hold. A guess that costs or saves time and decides nothing: the folder is opened by its owner alone, later.
 */
export function startThreadEarly(folder: string): void {
  if (hasDatabase(folder) && !looksHeld(folder) && hasAddressesForThread()) DatabaseThread.startEarly();
}

/** An owner's socket goes with it, unless it was killed. */
function looksHeld(folder: string): boolean {
  return readdirSync(folder).some((name) => /^owner-.*\.sock$/.test(name));
}
