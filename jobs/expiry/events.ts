import { forAdministrators } from '../../src/notify/for-administrators.ts';
import type { EventDefinition } from '../../src/notify/notifier.ts';

const audience = { words: 'the owner of each item', recipients: [] };

/** OpsDeck's rows of `notification_event` that decide whether and where these alerts go, as it seeds them. */
export const subscriptionRenewal: EventDefinition = {
  code: 'SUBSCRIPTION_RENEWAL',
  name: 'Subscription renewal',
  description: 'A subscription renews or ends soon.',
  channels: ['email'],
  daysOffset: 7,
  variables: ['subscription_name', 'renewal_date', 'days_left', 'cost'],
  audience,
};

export const licenseExpiring: EventDefinition = {
  code: 'LICENSE_EXPIRING',
  name: 'Licence expiring',
  description: 'A licence expires soon.',
  channels: ['email'],
  daysOffset: 7,
  variables: ['license_name', 'expiry_date', 'days_left'],
  audience,
};

export const credentialExpiring: EventDefinition = {
  code: 'CREDENTIAL_EXPIRING',
  name: 'Credential expiring',
  description: 'A credential expires soon, or has expired.',
  channels: ['email'],
  daysOffset: 14,
  variables: ['credential_name', 'credential_type', 'expiry_date', 'days_left'],
  audience,
};

export const certificateExpiring: EventDefinition = {
  code: 'CERTIFICATE_EXPIRING',
  name: 'Certificate expiring',
  description: 'A certificate expires soon, or has expired.',
  channels: ['email'],
  daysOffset: 30,
  variables: ['certificate_name', 'issuer', 'expiry_date', 'days_left'],
  audience,
};

/** Of items of people who left; OpsDeck has no event for them. */
export const itemsWithoutOwner: EventDefinition = {
  code: 'ITEMS_WITHOUT_OWNER',
  name: 'Items without an owner',
  description: 'Items whose owner left end soon: one list a month.',
  ...forAdministrators,
};

/** Of the other dates; OpsDeck has no event for them. */
export const deadlineApproaching: EventDefinition = {
  code: 'DEADLINE_APPROACHING',
  name: 'Deadline approaching',
  description: 'A contract, warranty, review, training or request is due soon, or has been due.',
  channels: ['email'],
  daysOffset: 14,
  audience,
};
