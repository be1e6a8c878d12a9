import type { Author } from '../../src/decisions/author.ts';
import type { Clock } from '../../src/time/clock.ts';
import type { Zones } from '../../src/time/zones.ts';

/** Somebody who decides, as a command that a user of a machine typed would have it. */
export function authorNamed(
  actor: string,
  {
    clock,
    zones,
    enteredBy = 'os:test@desk',
  }: { readonly clock: Clock; readonly zones: Zones; readonly enteredBy?: string },
): Author {
  return { actor, enteredBy, post: { clock, zones, routings: new Map() } };
}
