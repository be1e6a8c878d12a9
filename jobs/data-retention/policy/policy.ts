import { createHash } from 'node:crypto';
import { usage } from '../../../src/errors/usage.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import type {
  BuiltInPolicies,
  Condition,
  OwnPolicy,
  RetentionAction,
  RetentionSettings,
} from '../settings.ts';
import { findKnownTable, type RelatedTable } from './known-tables.ts';

/**
 * What a row must be beside its age and the conditions, for what a structured condition cannot say.
 * `settled_message`: nobody works on it. `superseded_review`: not the newest of its comparison, nor with findings that are open or
 * were seen lately. `newer_rate`: there is a newer one of the same currency. `intact_snapshot`: a drift snapshot of ours that is
 * what was stored: one that was tampered with stays as evidence. `lone_message`: no row of OpsDeck's queue belongs to it any more, and nobody
 * works on it. `past_alert`: its item has a later end by now, or is gone, so that no run asks who was alerted. `newer_published`: there is
 * a newer rate of the same provider and currency. `no_archive`: no archive is of this run, and nothing of it is left in its folder. `later_change`: the control has a newer change of the
 * same class. `not_in_chain`: no drift snapshot of ours, which only the built-in policy may thin.
 */
export type Guard =
  | 'settled_message'
  | 'superseded_review'
  | 'newer_rate'
  | 'intact_snapshot'
  | 'not_in_chain'
  | 'lone_message'
  | 'past_alert'
  | 'newer_published'
  | 'later_change'
  | 'no_archive';

/** How long rows are kept, in days. `thin`: all at first, then the newest of each week, then the newest of each month. */
export type Keep =
  | { readonly kind: 'days'; readonly days: number }
  | { readonly kind: 'thin'; readonly allDays: number; readonly weeklyDays: number };

/** One policy that is switched on. */
export interface Policy {
  readonly name: string;
  readonly table: string;
  readonly timestampColumn: string;
  readonly keep: Keep;
  readonly conditions: readonly Condition[];
  readonly guard: Guard | null;
  readonly action: RetentionAction;
  /** anonymise: what is written into which column; `{key}` in it stands for the key of the row. */
  readonly replace: Readonly<Record<string, string | null>>;
  /** In the order in which they are put back; deleted the other way round. */
  readonly related: readonly RelatedTable[];
  readonly batchSize: number;
  readonly maxShare: number;
}

/** The policies that are switched on, built-in ones first. */
export function enabledPolicies(settings: RetentionSettings): readonly Policy[] {
  const own = Object.entries(settings.policies).flatMap(([name, policy]) =>
    policy.enabled ? [fromOwn(name, policy)] : [],
  );
  return [...fromBuiltIn(settings.built_in), ...own];
}

/** One that is switched on. @throws OperatorError `unknown_policy` (exit 2). */
export function findPolicy(policies: readonly Policy[], name: string): Policy {
  const found = policies.find((policy) => policy.name === name);
  if (found !== undefined) return found;
  throw usage(
    `There is no retention policy ${name} that is switched on.`,
    policies.length === 0
      ? 'No policy is switched on: see jobs.data-retention.settings of the configuration file.'
      : `Those that are: ${policies.map((policy) => policy.name).join(', ')}.`,
    'unknown_policy',
  );
}

/** The names of the policies that the configuration switches off. */
export function disabledPolicies(settings: RetentionSettings): readonly string[] {
  const all = [...Object.entries(settings.built_in), ...Object.entries(settings.policies)];
  return all.flatMap(([name, policy]) => (policy?.enabled === false ? [name] : []));
}

function fromOwn(name: string, own: OwnPolicy): Policy {
  const known = findKnownTable(own.table)?.related ?? [];
  return {
    name,
    table: own.table,
    timestampColumn: own.timestamp_column,
    keep: { kind: 'days', days: own.keep_days },
    conditions: own.conditions,
    // Whoever names the table keeps what the program itself needs of it.
    guard: guards[own.table] ?? null,
    action: own.action,
    replace: own.replace ?? {},
    related: known.filter(
      ({ table, always }) => own.related.includes(table) || (always === true && own.action !== 'anonymise'),
    ),
    batchSize: own.batch_size,
    maxShare: own.max_share,
  };
}

const guards: Readonly<Record<string, Guard>> = {
  scheduled_communication: 'settled_message',
  uar_execution: 'superseded_review',
  exchange_rate: 'newer_rate',
  compliance_audit: 'not_in_chain',
  'opsdeck_jobs.message': 'lone_message',
  'opsdeck_jobs.alert_ledger': 'past_alert',
  'opsdeck_jobs.fx_rate': 'newer_published',
  'opsdeck_jobs.retention_run': 'no_archive',
  'opsdeck_jobs.drift_event': 'later_change',
};

type PlainBuiltIn = Exclude<keyof BuiltInPolicies, 'drift_snapshots'>;

type BuiltInParts = Pick<Policy, 'timestampColumn' | 'conditions'> &
  Partial<Pick<Policy, 'table' | 'replace'>>;

const builtInParts: Readonly<Record<PlainBuiltIn, BuiltInParts>> = {
  audit_log: {
    timestampColumn: 'timestamp',
    conditions: [{ column: 'event_processed', operator: 'equals', value: true }],
  },
  scheduled_communication: {
    timestampColumn: 'created_at',
    conditions: [{ column: 'status', operator: 'in', value: ['sent', 'failed', 'cancelled'] }],
  },
  uar_execution: {
    timestampColumn: 'started_at',
    conditions: [{ column: 'status', operator: 'in', value: ['completed', 'failed'] }],
  },
  exchange_rate: { timestampColumn: 'fetched_at', conditions: [] },
  message: { table: 'opsdeck_jobs.message', timestampColumn: 'created_at', conditions: [] },
  alert_ledger: {
    table: 'opsdeck_jobs.alert_ledger',
    timestampColumn: 'recorded_at',
    conditions: [],
    // With its key: two destinations of one threshold stay two rows.
    replace: { destination: 'removed {key}', reason: null },
  },
  fx_rate: { table: 'opsdeck_jobs.fx_rate', timestampColumn: 'rate_date', conditions: [] },
  retention_run: { table: 'opsdeck_jobs.retention_run', timestampColumn: 'started_at', conditions: [] },
  drift_event: { table: 'opsdeck_jobs.drift_event', timestampColumn: 'detected_at', conditions: [] },
};

function fromBuiltIn(built: RetentionSettings['built_in']): readonly Policy[] {
  const names: readonly PlainBuiltIn[] = [
    'audit_log',
    'scheduled_communication',
    'uar_execution',
    'exchange_rate',
    'message',
    'alert_ledger',
    'fx_rate',
    'retention_run',
    'drift_event',
  ];
  const policies = names.flatMap((name): Policy[] => {
    const policy = built[name];
    if (policy === undefined || !policy.enabled) return [];
    const parts = { table: name, replace: {}, ...builtInParts[name] };
    return [
      {
        name,
        ...parts,
        keep: { kind: 'days', days: policy.keep_days },
        guard: guards[parts.table] ?? null,
        action: policy.action,
        related: findKnownTable(parts.table)?.related ?? [],
        batchSize: policy.batch_size,
        maxShare: policy.max_share,
      },
    ];
  });
  const drift = built.drift_snapshots;
  if (drift === undefined || !drift.enabled) return policies;
  return [
    ...policies,
    {
      name: 'drift_snapshots',
      table: 'compliance_audit',
      timestampColumn: 'created_at',
      keep: { kind: 'thin', allDays: drift.keep_all_days, weeklyDays: drift.keep_weekly_days },
      conditions: [{ column: 'audit_type', operator: 'equals', value: 'drift_snapshot' }],
      guard: 'intact_snapshot',
      action: 'archive_then_delete',
      replace: {},
      related: [],
      batchSize: drift.batch_size,
      maxShare: drift.max_share,
    },
  ];
}

/** What decides which rows a policy takes and what becomes of them, for its hash, the record of the run and the manifest. */
export function policyContent(policy: Policy): JsonObject {
  return {
    name: policy.name,
    table: policy.table,
    timestamp_column: policy.timestampColumn,
    keep:
      policy.keep.kind === 'days'
        ? { days: policy.keep.days }
        : { all_days: policy.keep.allDays, weekly_days: policy.keep.weeklyDays },
    conditions: policy.conditions.map(({ column, operator, value }) => ({
      column,
      operator,
      ...(value === undefined ? {} : { value }),
    })),
    guard: policy.guard,
    action: policy.action,
    replace: policy.replace,
    related: policy.related.map(({ table }) => table),
    max_share: policy.maxShare,
  };
}

/** SHA-256 of {@link policyContent}, hexadecimal: what is accepted is accepted for this content. */
export function policyHash(policy: Policy): string {
  return createHash('sha256')
    .update(JSON.stringify(policyContent(policy)))
    .digest('hex');
}
