import { type RawBuilder, sql } from 'kysely';
import { type Moment, midnight } from './moment.sql.ts';
import type { Target } from './target.ts';

/** What keeps a row of the policy's table beside its age: a condition on `t` for each guard that a policy may have. */
export function guardRule({ policy }: Target, moment: Moment): RawBuilder<unknown>[] {
  const days = policy.keep.kind === 'days' ? policy.keep.days : policy.keep.allDays;
  switch (policy.guard) {
    case null:
      return [];
    case 'settled_message':
      return [
        sql`t.status in ('sent', 'failed', 'cancelled')
            and (t.sent_at is null or t.sent_at < (${midnight(moment, days)} at time zone ${moment.zones.stored}::text))
            and not exists (select from opsdeck_jobs.message m where m.communication_id = t.id
                               and m.state in ('queued', 'sending', 'held', 'unknown'))`,
      ];
    case 'superseded_review':
      return [
        sql`t.status in ('completed', 'failed')
            and exists (select from public.uar_execution n where n.comparison_id = t.comparison_id
                           and n.status = 'completed' and n.id > t.id)
            and not exists (select from public.uar_finding f
                             where f.execution_id = t.id
                               and (f.status is null or f.status not in ('resolved', 'false_positive')
                                    or f.last_seen_at >= (${midnight(moment, days)} at time zone ${moment.zones.stored}::text)))`,
      ];
    case 'newer_rate':
      return [
        sql`exists (select from public.exchange_rate n where n.currency_code = t.currency_code
                       and n.fetched_at > t.fetched_at)`,
      ];
    case 'intact_snapshot':
      return [
        sql`exists (select from opsdeck_jobs.drift_snapshot s where s.audit_id = t.id
                       and s.content_hash = sha256(convert_to(t.snapshot_data::text, 'UTF8')))`,
      ];
    case 'not_in_chain':
      return [sql`not exists (select from opsdeck_jobs.drift_snapshot s where s.audit_id = t.id)`];
    case 'lone_message':
      return [
        sql`t.state in ('sent', 'failed', 'cancelled')
            and (t.finished_at is null or t.finished_at < ${midnight(moment, days)})
            and not exists (select from public.scheduled_communication c where c.id = t.communication_id)`,
      ];
    case 'past_alert':
      return [
        sql`t.expires_on < ${moment.today}::date
            and (exists (select from opsdeck_jobs.alert_ledger n
                          where n.item_kind = t.item_kind and n.item_id = t.item_id and n.expires_on > t.expires_on)
                 or t.item_kind = 'subscription' and not exists (select from public.subscription x where x.id = t.item_id)
                 or t.item_kind = 'license' and not exists (select from public.license x where x.id = t.item_id)
                 or t.item_kind = 'credential' and not exists (select from public.credentials x where x.id = t.item_id)
                 or t.item_kind = 'certificate' and not exists (select from public.certificates x where x.id = t.item_id))`,
      ];
    case 'newer_published':
      return [
        sql`exists (select from opsdeck_jobs.fx_rate n where n.provider = t.provider and n.base = t.base
                       and n.quote = t.quote and n.rate_date > t.rate_date)`,
      ];
    case 'later_change':
      return [
        sql`exists (select from opsdeck_jobs.drift_event n
                     where n.framework_id = t.framework_id and n.framework_control_id = t.framework_control_id
                       and n.class = t.class and n.detected_at > t.detected_at)`,
      ];
    case 'no_archive':
      return [
        sql`t.cleaned_at is not null
            and not exists (select from opsdeck_jobs.archive_manifest m where m.run_id = t.run_id)`,
      ];
    default:
      return policy.guard satisfies never;
  }
}
