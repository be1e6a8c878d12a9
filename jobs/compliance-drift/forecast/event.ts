import type { EventDefinition } from '../../../src/notify/notifier.ts';

/** Off until somebody switches it on: `notifications enable COMPLIANCE_FORECAST`, or its page in OpsDeck. */
export const forecastEvent: EventDefinition = {
  code: 'COMPLIANCE_FORECAST',
  name: 'Compliance forecast',
  description: 'Controls will turn warning or non-compliant soon if no new evidence comes.',
  channels: ['email'],
  daysOffset: 0,
  offAtFirst: true,
  audience: { words: 'the owner of each activity, else administrators', recipients: [] },
};
