/*
 * deadlines: alerts about the dates that no other job watches: contracts, warranties, payment methods, reviews, training, requests. Each
 * kind is off until the settings name it; what was imported is watched. How alerts work says jobs/expiry/run-expiry.ts.
 *
 * | what happens                              | what follows                                                      |
 * | a kind's tables are missing               | it is left out, by name; the others are watched                   |
 * | a contract renews itself                  | it goes on by the length of its first term                        |
 * | a contract has a notice period            | the last day for notice has alerts of its own, before the end     |
 * | a contract ends with its subscription or  | subscription-renewals announces that day; only the notice is      |
 * | licence                                   | announced here                                                    |
 * | a query of the settings is configured     | jobs/expiry/queries/ask-queries.ts                                |
 * | an item has no owner                      | one alert to the fallback, at the first threshold                 |
 */

import { z } from 'zod';
import { defineJob } from '../../src/job/define-job.ts';
import { type DeadlineSettings, deadlineSettings } from './deadline-settings.ts';
import { deadlineKinds, deadlineSources } from './deadline-sources.ts';
import { digestTemplate } from './digest-template.ts';
import { deadlineApproaching, itemsWithoutOwner } from './events.ts';
import { deadlineGrants } from './grants.ts';
import { presentExpiry } from './present.ts';
import { askQueries } from './queries/ask-queries.ts';
import { requiredColumns } from './required-columns.ts';
import { faultOf, nothingWatched, queryFault } from './result.ts';
import { type ExpiryJob, runExpiry } from './run-expiry.ts';

const deadlines: ExpiryJob<DeadlineSettings> = {
  kinds: deadlineKinds,
  events: [deadlineApproaching],
  template: digestTemplate('Expiry Alert - Deadlines', deadlineApproaching.code),
  sources: (_opsdeck, { settings }, trx) => deadlineSources(trx, settings),
};

export default defineJob({
  name: 'deadlines',
  events: [deadlineApproaching, itemsWithoutOwner],
  description: 'Sends alerts about contracts, warranties, reviews, training and requests that are due',
  schedule: '15 7 * * *',
  misfire: 'latest',
  enabledAtFirst: false,
  timeout: '10m',
  repeatable: true,
  requires: {
    ...requiredColumns,
    'opsdeck_jobs.deadline': [
      'id',
      'kind',
      'name',
      'due_on',
      'owner_id',
      'cost',
      'currency',
      'link',
      'query',
      'key',
      'gone_at',
    ],
  },
  grants: deadlineGrants,
  besideOpsdeck: 'it sends nothing about these dates.',
  params: z.strictObject({}),
  settings: deadlineSettings,
  run: async (context) => {
    const { queries, notes } = await askQueries(context);
    return { ...(await runExpiry(context, deadlines, notes)), queries };
  },
  nothingEvaluated: nothingWatched(
    'No item of a named kind was found: name kinds in `jobs.deadlines.settings.kinds` or `review_every` of the configuration file, such as contract, or import some with `import deadlines FILE`.',
  ),
  faultOf: (result) => faultOf(result) ?? queryFault(result),
  failureEffect: () => 'Alerts about deadlines are missing; the next successful run queues them.',
  present: presentExpiry,
});
