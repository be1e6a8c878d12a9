/*
 * subscription-renewals: tells of subscriptions that renew or end, and of licences that expire. How alerts work says
 * jobs/expiry/run-expiry.ts.
 */

import { z } from 'zod';
import { defineJob } from '../../src/job/define-job.ts';
import { ownerlessItems } from './attention.ts';
import { subscriptionCheck } from './check.ts';
import { digestTemplate } from './digest-template.ts';
import { itemsWithoutOwner, licenseExpiring, subscriptionRenewal } from './events.ts';
import { subscriptionGrants } from './grants.ts';
import { renewalVariables } from './message-variables.sql.ts';
import { presentExpiry } from './present.ts';
import { type RenewalSettings, renewalSettings } from './renewal-settings.ts';
import { requiredColumns, subscriptionColumns } from './required-columns.ts';
import { faultOf, nothingWatched } from './result.ts';
import { type ExpiryJob, runExpiry } from './run-expiry.ts';
import { subscriptionSources } from './sources.ts';

const renewals: ExpiryJob<RenewalSettings> = {
  kinds: ['subscription', 'license'],
  events: [subscriptionRenewal, licenseExpiring],
  template: digestTemplate(
    'Expiry Alert - Subscriptions and Licences',
    'SUBSCRIPTION_RENEWAL or LICENSE_EXPIRING',
  ),
  sources: (opsdeck, { settings }) => subscriptionSources(settings, opsdeck),
};

export default defineJob({
  name: 'subscription-renewals',
  events: [subscriptionRenewal, licenseExpiring, itemsWithoutOwner],
  description: 'Sends alerts about subscriptions that renew or end, and licences that expire',
  schedule: '0 7 * * *',
  misfire: 'latest',
  timeout: '10m',
  repeatable: true,
  requires: { ...requiredColumns, ...subscriptionColumns },
  grants: subscriptionGrants,
  check: subscriptionCheck,
  messageVariables: renewalVariables,
  attention: ownerlessItems(['subscription', 'license']),
  besideOpsdeck: 'it queues one alert on the day that is days_offset before the end.',
  params: z.strictObject({}),
  settings: renewalSettings,
  run: (context) => runExpiry(context, renewals),
  nothingEvaluated: nothingWatched(
    'There is no subscription and no licence: add them in OpsDeck, or with `import subscriptions` and `import licenses`.',
  ),
  faultOf,
  failureEffect: () =>
    'Alerts about renewals and expiring licences are missing; the next successful run queues them.',
  present: presentExpiry,
});
