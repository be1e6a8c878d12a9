import type { AttentionItem } from '../job/attention.ts';
import { count } from '../text/count.ts';

/** A line of `status`. */
export interface Matter extends AttentionItem {
  /** A job, or the part of the program. */
  readonly about: string;
}

export interface Status {
  readonly now: Date;
  /** Worst first, then what has waited longest. */
  readonly matters: readonly Matter[];
  readonly jobs: number;
  /** The jobs that looked into their own tables. */
  readonly asked: number;
}

/** Where it looked: `10 jobs, messages, runners and the data of 7 jobs`. */
export function checkedWords({ jobs, asked }: Pick<Status, 'jobs' | 'asked'>): string {
  return `${count(jobs, 'job')}, messages, runners and the data of ${count(asked, 'job')}`;
}
