/*
 * Ends a thread that holds too much memory.
 *
 * V8 ends a thread at the limit of its heap, but the whole process when one allocation alone goes beyond it, as that of a list
 * that grows does. So the limit of V8 is out of reach of most, and the runner looks itself and ends the thread before.
 *
 * Newer versions of Node count the heap of a thread. Older ones know the memory of the process alone: once too much has grown
 * outside of the runner's own heap, the thread that has just taken most new pages is the one (Linux counts them by thread).
 */
import { readFileSync } from 'node:fs';
import { memoryUsage } from 'node:process';
import type { Worker } from 'node:worker_threads';

/** A thread that holds more is ended. */
export const mostMegabytes = 512;
/** The limit of V8. */
export const engineLimits = { maxOldGenerationSizeMb: 4 * mostMegabytes };

const megabyte = 2 ** 20;
/** Where only the process's memory is known: what the others may have. */
const otherThreadsMegabytes = 128;
/** Who has taken less is not the one. */
const leastPages = (128 * megabyte) / 4096;
const lookEveryMs = 50;

interface Watched {
  readonly worker: Worker;
  readonly onTooMuch: () => void;
  /** By which Linux knows the thread. */
  readonly taskId: number | undefined;
  /** New pages, ever. */
  pages: number;
  /** New pages of about the last half second. */
  recent: number;
  ended: boolean;
}

const watched = new Set<Watched>();
let timer: NodeJS.Timeout | undefined;
/** Before there was any thread. */
let outsideBefore = 0;

/** Calls `onTooMuch` once when the thread holds too much, until stopped. */
export function watchMemory(
  worker: Worker,
  taskId: number | undefined,
  onTooMuch: () => void,
): { stop(): void } {
  const one: Watched = { worker, onTooMuch, taskId, pages: 0, recent: 0, ended: false };
  if (watched.size === 0) outsideBefore = outsideOwnHeap();
  watched.add(one);
  timer ??= setInterval(look, lookEveryMs).unref();
  return {
    stop: () => {
      watched.delete(one);
      if (watched.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
  };
}

function look(): void {
  if ([...watched].every(({ worker }) => 'getHeapStatistics' in worker)) {
    for (const one of watched) void lookAtHeap(one);
  } else lookAtProcess();
}

async function lookAtHeap(one: Watched): Promise<void> {
  const count: unknown = Reflect.get(one.worker, 'getHeapStatistics');
  if (typeof count !== 'function') return;
  try {
    const statistics: unknown = await Reflect.apply(count, one.worker, []);
    const bytes: unknown = Reflect.get(Object(statistics), 'used_heap_size');
    if (Number(bytes) > mostMegabytes * megabyte) end(one);
  } catch {
    // It has just ended.
  }
}

function lookAtProcess(): void {
  for (const one of watched) {
    const pages = pagesOf(one.taskId);
    one.recent = 0.9 * one.recent + (pages - one.pages);
    one.pages = pages;
  }
  const allowed = mostMegabytes + otherThreadsMegabytes * (watched.size - 1);
  if (outsideOwnHeap() - outsideBefore <= allowed * megabyte) return;
  const [greediest] = [...watched].sort((a, b) => b.recent - a.recent);
  // What it has goes with it, a moment later.
  if ([...watched].some(({ ended }) => ended)) return;
  if (greediest !== undefined && greediest.pages >= leastPages) end(greediest);
}

function end(one: Watched): void {
  if (one.ended) return;
  one.ended = true;
  one.onTooMuch();
}

function outsideOwnHeap(): number {
  const { rss, heapTotal, external } = memoryUsage();
  return rss - heapTotal - external;
}

/** The minor faults of a thread: proc_pid_stat(5), field 10; the second field may hold blanks, and ends with the last bracket. */
function pagesOf(taskId: number | undefined): number {
  if (taskId === undefined) return 0;
  try {
    const text = readFileSync(`/proc/self/task/${taskId}/stat`, 'latin1');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[7]);
  } catch {
    return 0;
  }
}
