import type { Generated, GeneratedAlways } from 'kysely';
import type { JsonObject } from '../../text/json.ts';
import type {
  Bytes,
  CalendarDate,
  Instant,
  JsonColumn,
  NullableCalendarDate,
  NullableInstant,
} from './column-types.ts';

/** One drift snapshot of ours, beside its row in OpsDeck's `compliance_audit`; forms the hash chain. */
export interface DriftSnapshotTable {
  /** `compliance_audit.id`; no foreign key: OpsDeck may delete its row. */
  audit_id: number;
  run_id: string;
  taken_at: Instant;
  evaluator_version: number;
  /** What the chain hash is over: see `jobs/compliance-drift/chain.sql.ts`. */
  chain_version: Generated<number>;
  /** SHA-256 of the stored text of `snapshot_data`. */
  content_hash: Bytes;
  /** Of the other columns of its `compliance_audit` row; null: chain version 1. */
  header_hash: Bytes | null;
  /** Of its rows of `drift_snapshot_framework`. */
  framework_hash: Bytes | null;
  /** Of its rows of `drift_event`. */
  event_hash: Bytes | null;
  /** Chain hash of the snapshot before; 32 zero bytes at the first. Unique: the chain cannot fork. */
  previous_hash: Bytes;
  /** In version 1 SHA-256 of previous_hash followed by content_hash. */
  chain_hash: Bytes;
  /** The manifest of the archive that its row was moved to: `opsdeck_jobs.archive_manifest.id`. */
  removed_by: string | null;
}

/** One framework in one snapshot. */
export interface DriftSnapshotFrameworkTable {
  audit_id: number;
  framework_id: number;
  framework_name: string;
  /** The snapshot it was compared with; null at the baseline. */
  previous_audit_id: number | null;
  controls: number;
  /** Controls by status: compliant, warning, non_compliant, manual, uncovered, not_applicable, unknown. */
  status: JsonColumn<Record<string, number>>;
}

/** One change of one control, found when a snapshot was compared with the one before. */
export interface DriftEventTable {
  id: Generated<string>;
  audit_id: number;
  detected_at: Instant;
  framework_id: number;
  framework_name: string;
  /** `framework_control.id`; */
  framework_control_id: number;
  /** The control's public identifier, e.g. `AC-2`. */
  control_id: string;
  control_name: string;
  from_status: string | null;
  to_status: string | null;
  class: string;
  severity: string | null;
  cause: string;
  /** What the cause rests on: rule names, evidence before and after. */
  detail: JsonColumn<JsonObject>;
  flapping: boolean;
}

/** A rule that is in breach, about which an alert was queued; the row goes when the rule is met. */
export interface ComplianceBreachTable {
  /** `compliance_rule.id`; no foreign key: OpsDeck may delete its row. */
  rule_id: number;
  /** The day of the newest alert, in the business zone. */
  alerted_on: CalendarDate;
  /** Alerts about this breach. */
  alerts: number;
  /** Of the newest alert: `message.dedupe_key`. */
  dedupe_key: string;
  run_id: string;
}

/** A person's statement about a control that no rule measures; of each control the newest counts. Append-only, as the next three. */
export interface ControlAttestationTable {
  id: Generated<string>;
  /** `framework_control.id`; no foreign key: OpsDeck may delete its row. */
  framework_control_id: number;
  framework_name: string;
  control_id: string;
  result: 'met' | 'not_met';
  reason: string;
  /** Where it can be looked up; only `not_met` may have none. */
  evidence: string | null;
  /** The last day on which `met` counts, business zone. */
  until: NullableCalendarDate;
  /** The e-mail address that was given as `--as`. */
  actor: string;
  actor_user_id: number;
  /** `os:user@host`. */
  entered_by: string;
  created_at: Instant;
}

/** What is done about a control, by when. */
export interface ControlActionTable {
  id: Generated<string>;
  framework_control_id: number;
  framework_name: string;
  control_id: string;
  cause: string;
  action: string;
  due: CalendarDate;
  actor: string;
  actor_user_id: number;
  entered_by: string;
  created_at: Instant;
}

/** An action that is done. */
export interface ControlActionEndTable {
  id: Generated<string>;
  action_id: string;
  reason: string;
  actor: string;
  actor_user_id: number;
  entered_by: string;
  created_at: Instant;
}

/** A failing control that a person accepted through a day. */
export interface ControlAcceptanceTable {
  id: Generated<string>;
  framework_control_id: number;
  framework_name: string;
  control_id: string;
  /** Of the control at that moment. */
  status: string;
  reason: string;
  until: CalendarDate;
  actor: string;
  actor_user_id: number;
  entered_by: string;
  created_at: Instant;
}

/** A change for the worse that is to come, about which an alert was queued; the row goes when the day is another, or past. */
export interface ControlForecastTable {
  framework_control_id: number;
  /** The day of the change, business zone. */
  turns_on: CalendarDate;
  /** The day of the newest alert, business zone. */
  alerted_on: CalendarDate;
  /** Of the newest alert: `message.dedupe_key`. */
  dedupe_key: string;
  run_id: string;
}

/** A control as the catalogs had it that it was imported from. */
export interface CatalogControlTable {
  /** `framework_control.id`; no foreign key: OpsDeck may delete its row. */
  framework_control_id: number;
  framework_id: number;
  /** Of the newest file that had it; null: none had it since this is kept. */
  catalog_id: string | null;
  alt_identifier: string | null;
  content_hash: Bytes | null;
  /** The first import that did not find it in the file. */
  missing_since: NullableInstant;
}

/** An identifier that an import changed, or that names another requirement since. */
export interface CatalogChangeTable {
  id: GeneratedAlways<string>;
  at: Instant;
  actor: string;
  framework_id: number;
  framework_control_id: number;
  kind: 'renumbered' | 'requirement_replaced';
  from_id: string;
  from_name: string;
  to_id: string;
  to_name: string;
  /** The snapshot whose drift events name it; null: the next one will. */
  audit_id: number | null;
}

/** An import of a catalog; the newest of a framework has its version. */
export interface CatalogImportTable {
  id: GeneratedAlways<string>;
  at: Instant;
  actor: string;
  framework_id: number;
  framework_name: string;
  title: string;
  version: string | null;
  /** As the catalog has it, as `last_modified`. */
  published: string | null;
  last_modified: string | null;
  oscal_version: string;
  /** SHA-256 of the file as it was read. */
  file_hash: Bytes;
  controls: number;
}

/** What was imported about a row of evidence. */
export interface EvidenceEntryTable {
  /** OpsDeck's target model. */
  model: string;
  evidence_id: number;
  /** A user. */
  performed_by: number | null;
  reference: string | null;
  /** null: its row was there before the import. */
  recorded_at: NullableInstant;
  recorded_by: string;
}

export interface DriftTables {
  'opsdeck_jobs.evidence_entry': EvidenceEntryTable;
  'opsdeck_jobs.control_forecast': ControlForecastTable;
  'opsdeck_jobs.control_attestation': ControlAttestationTable;
  'opsdeck_jobs.control_action': ControlActionTable;
  'opsdeck_jobs.control_action_end': ControlActionEndTable;
  'opsdeck_jobs.control_acceptance': ControlAcceptanceTable;
  'opsdeck_jobs.drift_snapshot': DriftSnapshotTable;
  'opsdeck_jobs.drift_snapshot_framework': DriftSnapshotFrameworkTable;
  'opsdeck_jobs.drift_event': DriftEventTable;
  'opsdeck_jobs.compliance_breach': ComplianceBreachTable;
  'opsdeck_jobs.catalog_control': CatalogControlTable;
  'opsdeck_jobs.catalog_change': CatalogChangeTable;
  'opsdeck_jobs.catalog_import': CatalogImportTable;
}
