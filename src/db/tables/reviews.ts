import type { Generated } from 'kysely';
import type { Json, JsonObject } from '../../text/json.ts';
import type {
  Bytes,
  CalendarDate,
  Instant,
  JsonColumn,
  NullableInstant,
  NullableJsonColumn,
} from './column-types.ts';

/** What we keep of one of OpsDeck's comparisons. */
export interface UarComparisonStateTable {
  comparison_id: number;
  /** How keys and fields are compared, severities, limits; see `jobs/uar/comparison-settings.ts`. */
  settings: JsonColumn<JsonObject>;
  /** Of comparisons with source types that OpsDeck does not know. */
  next_run_at: NullableInstant;
  /** The run that works on it; void as soon as that run is no longer running. */
  claimed_by: string | null;
  claimed_at: NullableInstant;
  /** When OpsDeck's own findings of it were taken over. */
  adopted_at: NullableInstant;
}

/** One execution, beside its row in OpsDeck's `uar_execution`. */
export interface UarExecutionRecordTable {
  execution_id: number;
  comparison_id: number;
  run_id: string | null;
  outcome: 'completed' | 'inconclusive' | 'failed';
  /** Why it is not completed. */
  reason: string | null;
  /** The effective configuration, without secrets. */
  config: JsonColumn<JsonObject>;
  program_version: string;
  /** Of each source: type, rows, columns, SHA-256 of what was read, when. */
  source_a: NullableJsonColumn<JsonObject>;
  source_b: NullableJsonColumn<JsonObject>;
  /** Empty, duplicate and nearly equal keys, with counts and samples. */
  key_quality: NullableJsonColumn<JsonObject>;
  new_findings: Generated<number>;
  /** Of a completed one: what became of the findings, and the warnings of its sources. */
  summary: JsonColumn<JsonObject>;
  /** Who let an implausible number of new findings pass; null: nobody had to. */
  change_accepted_by: string | null;
  finished_at: Instant;
  /** Control totals, see `jobs/uar/population/totals.ts`; null: no population was kept. */
  population: NullableJsonColumn<JsonObject>;
}

/** A finding that is the same from one execution to the next. */
export interface UarIdentityTable {
  /** SHA-256 over comparison, type and the whole key. */
  identity: Bytes;
  comparison_id: number;
  finding_type: string;
  /** The whole key; `uar_finding.key_value` holds 255 characters of it. */
  key_text: string;
  finding_id: number;
  /** SHA-256 of both rows as last seen; null: taken over from OpsDeck without data. */
  data_hash: Bytes | null;
  /** When it was seen last, and where, says its row. */
  first_seen_at: Instant;
  /** How often it came back after being resolved. */
  recurrences: Generated<number>;
  /** The exception that has acknowledged the finding; null: none, or a person has. Whoever decides sets it to null. */
  exception_id: string | null;
  /** The newest `security_incident` that was opened for the finding. */
  incident_id: number | null;
  /** When an execution opened it again: its due date counts from here; null: from first seen. */
  opened_at: NullableInstant;
}

/** An announcement of an overdue finding that was queued, or that a later one replaced. */
export interface UarOverdueNoticeTable {
  finding_id: number;
  due: CalendarDate;
  /** So many days after the due date: 1, 7 or 14. */
  step: number;
  announced_at: Generated<Date>;
}

/** Who may differ, until when: break-glass and service accounts. */
export interface UarExceptionTable {
  id: Generated<string>;
  /** Null: in every comparison. */
  comparison_id: number | null;
  key_text: string;
  /** Null: every type. */
  finding_type: string | null;
  reason: string;
  /** The last day on which it counts. */
  until: CalendarDate;
  added_by: string;
  /** `os:user@host`: who entered it; null: not recorded then. */
  entered_by: string | null;
  added_at: Instant;
  /** Who asked for it, another person than `added_by`; null: not recorded then. */
  requested_by: string | null;
  /** What limits the risk while it counts; null: not recorded then. */
  compensating_control: string | null;
  /** Its end was announced so many days before; null: not yet. */
  announced_days: number | null;
  revoked_by: string | null;
  revoked_at: NullableInstant;
}

/** What a completed execution saw, as it was then. */
export interface UarObservationTable {
  execution_id: number;
  identity: Bytes;
  finding_id: number;
  finding_type: string;
  severity: string;
  key_text: string;
  /** `reopened`: the data of a false positive changed, or an exception is no longer in force. */
  novelty: 'new' | 'seen' | 'recurred' | 'reopened';
  /** Of the finding, after this execution. */
  status: string;
  raw_data_a: NullableJsonColumn<Json>;
  raw_data_b: NullableJsonColumn<Json>;
  differences: NullableJsonColumn<Json>;
  affected_user_id: number | null;
  exception_id: string | null;
}

/** Rows of the sides of a comparison, from the first to the last execution that read them. */
export interface UarPopulationTable {
  comparison_id: number;
  first_execution: number;
  /** Null: the newest completed execution has it. */
  last_execution: number | null;
  /** How many rows of the source are the same. */
  copies: number;
  side: 'a' | 'b';
  state: 'compared' | 'excluded' | 'no_key' | 'duplicate';
  /** As it is compared; of a row without one its label. */
  key_text: string;
  shown: NullableJsonColumn<JsonObject>;
  /** Of an excluded row: what the filter read. */
  why: string | null;
}

/** What a person decided about a finding. */
export interface UarDecisionTable {
  id: Generated<string>;
  finding_id: number;
  /** The execution that the finding was attached to when it was decided. */
  execution_id: number;
  decision: 'resolved' | 'acknowledged' | 'false_positive';
  note: string;
  actor: string;
  actor_user_id: number | null;
  /** `os:user@host`: who entered it; null: not recorded then. */
  entered_by: string | null;
  at: Instant;
}

/** Who signed an execution off. */
export interface UarSignOffTable {
  execution_id: number;
  user_id: number;
  email: string;
  note: string;
  /** `os:user@host`: who entered it; null: not recorded then. */
  entered_by: string | null;
  at: Instant;
  /** SHA-256 of the report document that was signed. */
  evidence_hash: Bytes;
}

export interface ReviewTables {
  'opsdeck_jobs.uar_comparison_state': UarComparisonStateTable;
  'opsdeck_jobs.uar_execution_record': UarExecutionRecordTable;
  'opsdeck_jobs.uar_identity': UarIdentityTable;
  'opsdeck_jobs.uar_exception': UarExceptionTable;
  'opsdeck_jobs.uar_overdue_notice': UarOverdueNoticeTable;
  'opsdeck_jobs.uar_observation': UarObservationTable;
  'opsdeck_jobs.uar_population': UarPopulationTable;
  'opsdeck_jobs.uar_decision': UarDecisionTable;
  'opsdeck_jobs.uar_sign_off': UarSignOffTable;
}
