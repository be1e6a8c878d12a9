/*
 * communications: delivers the queue of messages, OpsDeck's and that of the jobs. The work is the outbox's
 * (src/notify/outbox/deliver.ts says what it promises); here are the campaigns, and what a run's result means.
 */

import type { JobContext } from '../../src/job/context.ts';
import { defineJob } from '../../src/job/define-job.ts';
import { channelLabels } from '../../src/notify/channels/lookup.ts';
import { type ChannelCounts, channelCounts } from '../../src/notify/outbox/delivery-report.ts';
import { countLeft } from '../../src/notify/outbox/hand-back.ts';
import { parseDuration } from '../../src/time/duration.ts';
import { announceUndecided } from './announce.ts';
import { advanceCampaigns } from './campaigns.sql.ts';
import { takeOver } from './enabling.ts';
import { failedChannels, workingChannels } from './failed-channels.ts';
import { failureEffect } from './failure-effect.ts';
import { outboxGauges } from './gauges.ts';
import { communicationsGrants } from './grants.ts';
import { type OutboxState, readOutboxState, wasToldLately } from './outbox-state.sql.ts';
import { presentCommunications } from './present.ts';
import { readFailed, readPreview } from './preview.sql.ts';
import { type CommunicationsResult, faultOf, notConfigured } from './result.ts';
import {
  type CommunicationsParams,
  type CommunicationsSettings,
  communicationsParams,
  communicationsSettings,
} from './settings.ts';
import { renewUndecidedAlerts, undecidedEvent } from './undecided-alert.ts';

async function run(
  context: JobContext<CommunicationsParams, CommunicationsSettings>,
): Promise<CommunicationsResult> {
  const { db, transaction, outbox, clock, zones, settings, dryRun } = context;
  const { adopt_opsdeck_messages: adopts } = settings;
  const maxAgeMs = parseDuration(settings.max_age, 'max_age');
  const report = dryRun ? nothingSent : await outbox.deliver(maxAgeMs, adopts);
  const campaigns = dryRun ? 0 : await transaction((trx) => advanceCampaigns(trx, clock.now(), zones));
  // Where nothing is sent, an alert would only wait among the others.
  const announced = dryRun || report.mode === 'off' ? 0 : await announceUndecided(context);
  const ways = dryRun ? ((await outbox.ways?.()) ?? []) : [];
  const scope = { now: clock.now(), zones, maxAgeMs, adopts, ways };
  const preview = dryRun ? [...(await readPreview(db, scope)), ...(await readFailed(db, scope.now))] : null;
  const left =
    dryRun && adopts
      ? { ...noChannels, ...Object.fromEntries(await countLeft(db, scope)) }
      : report.left_to_opsdeck;
  const waiting = withoutLeft(await readOutboxState(db, scope, outbox.switchedOff ?? []), left);
  const lacking = outbox.mailLacks !== null && (waiting.due['email'] ?? 0) > 0;
  const toldLately = lacking && (await wasToldLately(db, notConfigured, clock.now()));
  return {
    ...report,
    sending_stopped: report.sending_stopped === null ? null : { ...report.sending_stopped },
    refused: { ...report.refused },
    recovered: { ...report.recovered },
    renewed: { ...report.renewed },
    sent_by: { ...report.sent_by },
    failed_by: { ...report.failed_by },
    lost_by: { ...report.lost_by },
    left_to_opsdeck: { ...left },
    unconfigured: { ...report.unconfigured },
    away: report.away.map((one) => ({ ...one })),
    waiting_for_others: [...report.waiting_for_others],
    reasons: { ...report.reasons },
    campaigns,
    preview,
    announced,
    waiting: {
      ...waiting,
      due: { ...waiting.due },
      refused: { ...waiting.refused },
      put_off: { ...waiting.put_off },
    },
    mail_lacks: report.mode === 'off' ? null : outbox.mailLacks,
    told: !toldLately,
  };
}

/** What OpsDeck keeps waits for OpsDeck, not for this job. */
function withoutLeft(waiting: OutboxState, left: ChannelCounts): OutboxState {
  const due = Object.entries(waiting.due)
    .map(([channel, count]): [string, number] => [channel, count - (left[channel] ?? 0)])
    .filter(([, count]) => count > 0);
  return { ...waiting, due: Object.fromEntries(due) };
}

const noChannels = channelCounts();
const nothingSent = {
  mode: 'dry_run',
  sending_stopped: null,
  adopted: 0,
  handed_back: 0,
  left_to_opsdeck: noChannels,
  held: 0,
  refused: {},
  recovered: { requeued: 0, unknown: 0 },
  renewed: { replaced: 0, obsolete: 0 },
  cancelled: 0,
  sent: 0,
  sent_by: noChannels,
  failed: 0,
  failed_by: noChannels,
  lost_by: noChannels,
  postponed: 0,
  unknown: 0,
  taken_over: 0,
  paused: 0,
  unconfigured: noChannels,
  away: [],
  waiting_for_others: [],
  reasons: {},
} as const;

export default defineJob({
  name: 'communications',
  events: [undecidedEvent],
  renewHeld: renewUndecidedAlerts,
  description: `Delivers the queue of messages by ${channelLabels()}`,
  schedule: 'every 5 minutes',
  misfire: 'latest',
  timeout: '30m',
  repeatable: true,
  // Any number of senders may work at once: each claims what it sends. A firing of the schedule still runs once, because its instant
  // is claimed; but nobody who sends by hand has to wait for the run that is going.
  concurrencyKey: (_params, runner) => runner,
  requires: {
    scheduled_communication: [
      'id',
      'template_id',
      'status',
      'scheduled_date',
      'sent_at',
      'target_type',
      'target_id',
      'recipient_email',
      'recipient_name',
      'recipient_user_id',
      'channel',
      'slack_target_channel',
      'error_message',
      'retry_count',
      'next_retry_at',
      'created_at',
    ],
    email_template: ['id', 'subject', 'body_html', 'is_active'],
    campaign: ['id', 'subject', 'body_html', 'status', 'scheduled_at'],
    notification_event: ['event_code', 'slack_target_channel', 'webhook_url'],
    notification_setting: ['id', 'email_recipient'],
    'opsdeck_jobs.message': ['state', 'lease_until'],
    'opsdeck_jobs.destination': ['key'],
  },
  grants: communicationsGrants,
  gauges: outboxGauges,
  plannedRows: ({ waiting }) => [
    {
      table: 'scheduled_communication',
      rows: Object.values(waiting.due).reduce((total, one) => total + one, 0),
      change: 'write',
    },
  ],
  besideOpsdeck: 'its dispatcher sends what is not adopted, every 5 minutes.',
  params: communicationsParams,
  settings: communicationsSettings,
  run,
  faultOf,
  failedChannels,
  workingChannels,
  failureEffect,
  enabling: takeOver,
  present: presentCommunications,
});
