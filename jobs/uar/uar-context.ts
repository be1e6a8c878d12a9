import type { JobContext } from '../../src/job/context.ts';
import type { UarParams, UarSettings } from './settings.ts';

export type UarContext = JobContext<UarParams, UarSettings>;

/** Says how far one comparison is. */
export type Tell = (stage: string, done: number) => void;
