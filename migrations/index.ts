import { bookkeeping } from './0001-bookkeeping.ts';
import { opsdeckTables } from './0002-opsdeck-tables.ts';
import { complianceDrift } from './0003-compliance-drift.ts';
import { messages } from './0004-messages.ts';
import { tryJsonb } from './0005-try-jsonb.ts';
import { runners } from './0006-runners.ts';
import { runTally } from './0007-run-tally.ts';
import { outbox } from './0008-outbox.ts';
import { expiringItems } from './0009-expiring-items.ts';
import { alertLedger } from './0010-alert-ledger.ts';
import { accessReviews } from './0011-access-reviews.ts';
import { exchangeRates } from './0012-exchange-rates.ts';
import { publishedRates } from './0012-published-rates.ts';
import { dataRetention } from './0013-data-retention.ts';
import { frozenSteps } from './0014-frozen-steps.ts';
import { databaseIdentity } from './0015-database-identity.ts';
import { runControl } from './0016-run-control.ts';
import { runnerChannels } from './0017-runner-channels.ts';
import { channelState } from './0018-channel-state.ts';
import { teamsChannel } from './0019-teams-channel.ts';
import { driftClasses } from './0020-drift-classes.ts';
import { reviewIncidents } from './0021-review-incidents.ts';
import { runTotals } from './0022-run-totals.ts';
import { certificateEnds } from './0023-certificate-ends.ts';
import { enteredBy } from './0024-entered-by.ts';
import { unknownCurrencies } from './0025-unknown-currencies.ts';
import { complianceBreaches } from './0027-compliance-breaches.ts';
import { announcedMessages } from './0029-announced-messages.ts';
import { nextStep } from './0030-next-step.ts';
import { controlDecisions } from './0032-control-decisions.ts';
import { catalogControls } from './0034-catalog-controls.ts';
import { record } from './0035-record.ts';
import { deadlines } from './0036-deadlines.ts';
import { keptRuns } from './0037-kept-runs.ts';
import { announcedWaits } from './0040-announced-waits.ts';
import { standingRows } from './0046-standing-rows.ts';
import { populations } from './0048-populations.ts';
import { endpoints } from './0050-endpoints.ts';
import { ledgerKeys } from './0051-ledger-keys.ts';
import { enteredFacts } from './0052-entered-facts.ts';
import { approvedExceptions } from './0055-approved-exceptions.ts';
import { runLog } from './0060-run-log.ts';
import { recordTimestamp } from './0062-record-timestamp.ts';
import { actionLogOrder } from './0063-action-log-order.ts';
import { catalogImports } from './0067-catalog-imports.ts';
import { renewedItems } from './0068-renewed-items.ts';
import { findingDeadlines } from './0071-finding-deadlines.ts';
import { monthlyLists } from './0077-monthly-lists.ts';
import { queriedDeadlines } from './0078-queried-deadlines.ts';
import type { Migration } from './migration.ts';

export type { Migration };

/** Every step, oldest first. A static list, so that the program can be one bundle. */
export const migrations: readonly Migration[] = [
  bookkeeping,
  opsdeckTables,
  complianceDrift,
  messages,
  tryJsonb,
  runners,
  runTally,
  outbox,
  expiringItems,
  alertLedger,
  accessReviews,
  exchangeRates,
  publishedRates,
  dataRetention,
  frozenSteps,
  databaseIdentity,
  runControl,
  runnerChannels,
  channelState,
  teamsChannel,
  driftClasses,
  reviewIncidents,
  runTotals,
  certificateEnds,
  enteredBy,
  unknownCurrencies,
  complianceBreaches,
  announcedMessages,
  nextStep,
  controlDecisions,
  catalogControls,
  record,
  deadlines,
  keptRuns,
  announcedWaits,
  standingRows,
  populations,
  endpoints,
  ledgerKeys,
  enteredFacts,
  approvedExceptions,
  runLog,
  recordTimestamp,
  actionLogOrder,
  catalogImports,
  renewedItems,
  findingDeadlines,
  monthlyLists,
  queriedDeadlines,
];
