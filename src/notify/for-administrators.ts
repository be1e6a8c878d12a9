import type { EventDefinition } from './notifier.ts';

/** Of an event that tells the administrators: a mail to each, until OpsDeck or the configuration says otherwise. */
export const forAdministrators = {
  channels: ['email'],
  daysOffset: 0,
  audience: { words: 'administrators', recipients: [{ kind: 'role', role: 'admin' }] },
} as const satisfies Pick<EventDefinition, 'channels' | 'daysOffset' | 'audience'>;
