import type { Destination, OutgoingMessage } from './notifier.ts';
import type { ParkedMessage } from './park.ts';

/** The destinations that read the same, with what they read. */
export function byContext(
  { context, contextFor }: Pick<OutgoingMessage, 'context' | 'contextFor'>,
  destinations: readonly Destination[],
): Pick<ParkedMessage, 'context' | 'destinations'>[] {
  const isNamed = ({ recipient_email: email }: Destination) =>
    email !== null && contextFor?.addresses.has(email) === true;
  const others = destinations.filter((one) => !isNamed(one));
  const named = destinations.filter(isNamed);
  return [
    { context, destinations: others },
    { context: { ...context, ...contextFor?.context }, destinations: named },
  ].filter((each) => each.destinations.length > 0);
}
