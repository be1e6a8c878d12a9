import type { Channel } from '../channels/names.ts';

/** Which rows of a channel have a way. */
export interface OpenWay {
  readonly channel: Channel;
  readonly all: boolean;
  /** Those that name a place, those for a person. */
  readonly places: boolean;
  readonly people: boolean;
  /** Those of these event rules, and those of these events. */
  readonly rules: readonly number[];
  readonly events: readonly string[];
}
