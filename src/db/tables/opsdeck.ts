import type { Generated } from 'kysely';
import type { Json } from '../../text/json.ts';
import type {
  CalendarDate,
  NullableCalendarDate,
  NullableJsonColumn,
  NullableStoredTimestamp,
  StoredTimestamp,
} from './column-types.ts';

/**
 * OpsDeck's tables, as its database has them. Most of its defaults live in its own program, not in the database: a
 * column that is not null and not `Generated` here must be given at every insert, and a nullable one that OpsDeck
 * always fills in (`created_at`, `retry_count`) should be.
 */
interface UserTable {
  id: Generated<number>;
  name: string;
  email: string;
  personal_email: string | null;
  password_hash: string | null;
  api_token: string | null;
  role: string | null;
  department: string | null;
  job_title: string | null;
  created_at: NullableStoredTimestamp;
  is_archived: boolean;
  hide_from_org_chart: boolean;
  manager_id: number | null;
  buddy_id: number | null;
}

interface GroupTable {
  id: Generated<number>;
  name: string;
  description: string | null;
}

interface UserGroupsTable {
  user_id: number;
  group_id: number;
}

interface OrganizationSettingsTable {
  id: Generated<number>;
  legal_name: string | null;
  tax_id: string | null;
  primary_domain: string | null;
  logo_filename: string | null;
  email_domains: string | null;
  updated_at: NullableStoredTimestamp;
  risk_impact_levels: Generated<number>;
  risk_likelihood_levels: Generated<number>;
  risk_appetite_medium_from: Generated<number>;
  risk_appetite_high_from: Generated<number>;
  risk_appetite_critical_from: Generated<number>;
}

interface TagTable {
  id: Generated<number>;
  name: string;
  is_archived: boolean;
}

interface SupplierTable {
  id: Generated<number>;
  name: string;
  email: string | null;
  phone: string | null;
  address: string | null;
  website: string | null;
  notes: string | null;
  created_at: NullableStoredTimestamp;
  is_archived: boolean;
  is_critical: boolean | null;
  compliance_status: string | null;
  gdpr_dpa_signed: NullableCalendarDate;
  security_assessment_completed: NullableCalendarDate;
  compliance_notes: string | null;
  data_storage_region: string | null;
}

interface FrameworkTable {
  id: Generated<number>;
  name: string;
  description: string | null;
  link: string | null;
  is_custom: boolean;
  is_active: boolean;
}

interface FrameworkControlTable {
  id: Generated<number>;
  framework_id: number;
  /** The public identifier, such as `AC-2`; not unique in the database. */
  control_id: string;
  name: string;
  description: string | null;
  is_applicable: boolean;
  soa_justification: string | null;
}

interface ComplianceLinkTable {
  id: Generated<number>;
  framework_control_id: number;
  linkable_id: number;
  linkable_type: string;
  description: string;
}

interface ComplianceRuleTable {
  id: Generated<number>;
  framework_control_id: number;
  name: string;
  description: string | null;
  target_model: string;
  /** JSON as text; anything can stand in it. */
  criteria: string;
  frequency_days: number;
  grace_period_days: number;
  enabled: boolean | null;
  created_at: NullableStoredTimestamp;
  updated_at: NullableStoredTimestamp;
}

interface ComplianceAuditTable {
  id: Generated<number>;
  name: string | null;
  status: string;
  outcome: string | null;
  start_date: NullableCalendarDate;
  end_date: NullableCalendarDate;
  created_at: NullableStoredTimestamp;
  locked_at: NullableStoredTimestamp;
  /** `manual` or null: an audit; `drift_snapshot`: a snapshot, ours or OpsDeck's. */
  audit_type: string | null;
  snapshot_data: NullableJsonColumn<Json>;
  framework_id: number | null;
  auditor_id: number | null;
  internal_lead_id: number | null;
}

interface SecurityActivityTable {
  id: Generated<number>;
  name: string;
  description: string | null;
  frequency: string | null;
  created_at: NullableStoredTimestamp;
  owner_id: number | null;
  owner_type: string | null;
}

interface ActivityExecutionTable {
  id: Generated<number>;
  activity_id: number;
  executor_id: number;
  execution_date: CalendarDate;
  status: string;
  outcome_notes: string | null;
  created_at: NullableStoredTimestamp;
}

interface CampaignTable {
  id: Generated<number>;
  title: string;
  subject: string;
  body_html: string;
  status: string | null;
  scheduled_at: NullableStoredTimestamp;
  created_by_id: number | null;
  send_to_all: boolean | null;
  created_at: NullableStoredTimestamp;
  processed_at: NullableStoredTimestamp;
}

interface CampaignUsersTable {
  campaign_id: number;
  user_id: number;
}

interface CampaignGroupsTable {
  campaign_id: number;
  group_id: number;
}

interface CampaignTagsTable {
  campaign_id: number;
  tag_id: number;
}

interface MaintenanceLogTable {
  id: Generated<number>;
  event_type: string;
  description: string;
  status: string;
  event_date: CalendarDate;
  ticket_link: string | null;
  notes: string | null;
  created_at: StoredTimestamp;
  updated_at: StoredTimestamp;
  assigned_to_id: number | null;
  asset_id: number | null;
  peripheral_id: number | null;
}

interface MaintenanceLogTagsTable {
  maintenance_log_id: number;
  tag_id: number;
}

interface BcdrPlanTable {
  id: Generated<number>;
  name: string;
  description: string | null;
  created_at: NullableStoredTimestamp;
}

interface BcdrTestLogTable {
  id: Generated<number>;
  plan_id: number;
  test_date: CalendarDate;
  status: string;
  notes: string | null;
  assignee_id: number | null;
}

interface OnboardingPackTable {
  id: Generated<number>;
  name: string;
  description: string | null;
  is_active: boolean | null;
}

interface OnboardingProcessTable {
  id: Generated<number>;
  external_ref: string | null;
  new_hire_name: string;
  user_id: number | null;
  target_email: string | null;
  personal_email: string | null;
  start_date: CalendarDate;
  status: string | null;
  pack_id: number | null;
  created_at: NullableStoredTimestamp;
  assigned_manager_id: number | null;
  assigned_buddy_id: number | null;
  notes: string | null;
}

interface OffboardingProcessTable {
  id: Generated<number>;
  user_id: number;
  manager_id: number | null;
  departure_date: CalendarDate;
  status: string | null;
  notes: string | null;
  created_at: NullableStoredTimestamp;
}

interface SecurityAssessmentTable {
  id: Generated<number>;
  assessment_date: CalendarDate;
  status: string | null;
  notes: string | null;
  supplier_id: number;
}

interface RiskAssessmentTable {
  id: Generated<number>;
  name: string;
  status: string | null;
  created_at: NullableStoredTimestamp;
  locked_at: NullableStoredTimestamp;
  total_residual_risk: number | null;
}

interface UarComparisonTable {
  id: Generated<number>;
  name: string;
  description: string | null;
  source_a_type: string;
  source_a_config: NullableJsonColumn<Json>;
  source_b_type: string;
  source_b_config: NullableJsonColumn<Json>;
  key_field_a: string;
  key_field_b: string;
  field_mappings: NullableJsonColumn<Json>;
  schedule_type: string | null;
  schedule_config: NullableJsonColumn<Json>;
  last_run_at: NullableStoredTimestamp;
  next_run_at: NullableStoredTimestamp;
  alert_on_left_only: boolean | null;
  alert_on_right_only: boolean | null;
  alert_on_mismatches: boolean | null;
  min_findings_threshold: number | null;
  notification_channels: NullableJsonColumn<Json>;
  notification_recipients: NullableJsonColumn<Json>;
  auto_create_incidents: boolean | null;
  auto_incident_severity: string | null;
  is_enabled: boolean | null;
  is_archived: boolean | null;
  enable_ai_analysis: boolean | null;
  ai_task_id: number | null;
  created_at: NullableStoredTimestamp;
  updated_at: NullableStoredTimestamp;
}

interface UarExecutionTable {
  id: Generated<number>;
  comparison_id: number;
  status: string | null;
  started_at: NullableStoredTimestamp;
  completed_at: NullableStoredTimestamp;
  source_a_snapshot: NullableJsonColumn<Json>;
  source_b_snapshot: NullableJsonColumn<Json>;
  findings_count: number | null;
  left_only_count: number | null;
  right_only_count: number | null;
  mismatch_count: number | null;
  alerts_sent: boolean | null;
  alerts_sent_at: NullableStoredTimestamp;
  incidents_created: number | null;
  error_message: string | null;
  enterprise_report_id: number | null;
}

interface UarFindingTable {
  id: Generated<number>;
  execution_id: number;
  /** `Left Only (A)`, `Right Only (B)`, `Mismatch`; ours too: `Duplicate Key (A)`, `Duplicate Key (B)`, `No Key (B)`. */
  finding_type: string;
  severity: string | null;
  /** The first 255 characters. */
  key_value: string | null;
  description: string | null;
  raw_data_a: NullableJsonColumn<Json>;
  raw_data_b: NullableJsonColumn<Json>;
  differences: NullableJsonColumn<Json>;
  affected_entity_type: string | null;
  affected_entity_id: number | null;
  /** `open`, `acknowledged`, `resolved`, `false_positive`. */
  status: string | null;
  assigned_to_id: number | null;
  resolved_at: NullableStoredTimestamp;
  resolution_notes: string | null;
  security_incident_id: number | null;
  created_at: NullableStoredTimestamp;
  first_seen_at: NullableStoredTimestamp;
  last_seen_at: NullableStoredTimestamp;
}

interface SecurityIncidentTable {
  id: Generated<number>;
  external_ref: string | null;
  title: string;
  description: string;
  incident_date: NullableStoredTimestamp;
  status: string | null;
  severity: string | null;
  impact: string | null;
  data_breach: boolean | null;
  third_party_impacted: boolean | null;
  created_at: NullableStoredTimestamp;
  resolved_at: NullableStoredTimestamp;
  reported_by_id: number | null;
  owner_id: number | null;
  assignee_id: number | null;
}

interface CustomFieldDefinitionTable {
  id: Generated<number>;
  entity_type: string;
  label: string;
  name: string;
  field_type: string;
  is_required: boolean | null;
}

interface CustomFieldValueTable {
  id: Generated<number>;
  field_definition_id: number;
  linkable_id: number;
  linkable_type: string;
  value: string | null;
}

interface BusinessServiceTable {
  id: Generated<number>;
  name: string;
  description: string | null;
  category: string | null;
  owner_id: number | null;
  criticality: string | null;
  status: string | null;
  legacy_cost_center: string | null;
  cost_center_id: number | null;
  sla_response_hours: number | null;
  sla_resolution_hours: number | null;
  created_at: NullableStoredTimestamp;
  updated_at: NullableStoredTimestamp;
}

interface ServiceUsersTable {
  service_id: number;
  user_id: number;
}

interface ServiceComponentTable {
  id: Generated<number>;
  service_id: number;
  component_type: string;
  component_id: number;
  notes: string | null;
  created_at: NullableStoredTimestamp;
}

interface EmailTemplateTable {
  id: Generated<number>;
  name: string;
  subject: string;
  /** Jinja. */
  body_html: string;
  category: string | null;
  is_active: boolean | null;
  is_system: boolean | null;
  created_at: NullableStoredTimestamp;
  updated_at: NullableStoredTimestamp;
}

interface EventRuleTable {
  id: Generated<number>;
  name: string;
  description: string | null;
  enabled: Generated<boolean>;
  entity_type: string;
  action: Generated<string>;
  recipient_mode: Generated<string>;
  recipient_emails: string | null;
  recipient_role: string | null;
  template_id: number | null;
  channels: NullableJsonColumn<Json>;
  slack_target_channel: string | null;
  webhook_url: string | null;
  discord_webhook_url: string | null;
  created_at: NullableStoredTimestamp;
  updated_at: NullableStoredTimestamp;
  slack_webhook_url: string | null;
  advanced_conditions_enabled: Generated<boolean>;
  condition_attribute: string | null;
  condition_operator: string | null;
  condition_value: string | null;
}

interface AuditLogTable {
  id: Generated<number>;
  timestamp: StoredTimestamp;
  user_id: number | null;
  user_email: string | null;
  ip_address: string | null;
  action: string;
  entity_type: string;
  entity_id: number | null;
  entity_repr: string | null;
  /** JSON as text. */
  changes: string | null;
  event_processed: Generated<boolean>;
}

interface ScheduledCommunicationTable {
  id: Generated<number>;
  template_id: number | null;
  /** `pending`, `sent`, `failed`, `cancelled`. */
  status: string | null;
  scheduled_date: CalendarDate;
  sent_at: NullableStoredTimestamp;
  target_type: string;
  target_id: number;
  recipient_email: string | null;
  recipient_type: string | null;
  recipient_name: string | null;
  recipient_user_id: number | null;
  channel: string;
  slack_target_channel: string | null;
  error_message: string | null;
  /** Null breaks OpsDeck's own queue. */
  retry_count: number | null;
  /** OpsDeck's dispatcher picks a pending row when this is null or past. */
  next_retry_at: NullableStoredTimestamp;
  created_at: NullableStoredTimestamp;
  event_rule_id: number | null;
  audit_log_id: number | null;
}

interface NotificationEventTable {
  id: Generated<number>;
  event_code: string;
  name: string;
  description: string | null;
  template_id: number | null;
  enabled: boolean;
  days_offset: number | null;
  /** A list of channel names; SQL null, JSON null and an empty list all mean e-mail only. */
  channels: NullableJsonColumn<Json>;
  slack_target_channel: string | null;
  webhook_url: string | null;
  created_at: NullableStoredTimestamp;
  updated_at: NullableStoredTimestamp;
  discord_webhook_url: string | null;
}

interface NotificationSettingTable {
  id: Generated<number>;
  email_enabled: boolean | null;
  email_recipient: string | null;
  webhook_enabled: boolean | null;
  webhook_url: string | null;
  notify_days_before: string | null;
}

interface SubscriptionTable {
  id: Generated<number>;
  name: string;
  subscription_type: string;
  description: string | null;
  /** The anchor: the first renewal, from which all others are counted. */
  renewal_date: CalendarDate;
  /** `monthly`, `yearly`, `custom` (days); anything can stand in it. */
  renewal_period_type: string;
  renewal_period_value: number | null;
  /** `first`, `last`, or a day of the month as digits. */
  monthly_renewal_day: string | null;
  auto_renew: boolean | null;
  cost: number;
  currency: string | null;
  pricing_model: string | null;
  cost_per_user: number | null;
  user_id: number | null;
  supplier_id: number | null;
  software_id: number | null;
  budget_id: number | null;
  is_archived: boolean;
  created_at: NullableStoredTimestamp;
  updated_at: NullableStoredTimestamp;
}

interface SubscriptionUsersTable {
  subscription_id: number;
  user_id: number;
}

interface LicenseTable {
  id: Generated<number>;
  name: string;
  /** A secret: never read. */
  license_key: string | null;
  cost: number | null;
  currency: string | null;
  purchase_date: NullableCalendarDate;
  expiry_date: NullableCalendarDate;
  user_id: number | null;
  purchase_id: number | null;
  budget_id: number | null;
  subscription_id: number | null;
  software_id: number | null;
  is_archived: boolean;
  created_at: NullableStoredTimestamp;
}

interface CredentialsTable {
  id: Generated<number>;
  name: string;
  type: string;
  break_glass: boolean;
  description: string | null;
  owner_id: number;
  /** `User` or `Group`. */
  owner_type: string;
  software_id: number | null;
  license_id: number | null;
  asset_id: number | null;
  created_at: StoredTimestamp;
  updated_at: StoredTimestamp;
}

interface CredentialSecretsTable {
  id: Generated<number>;
  credential_id: number;
  masked_value: string;
  created_at: StoredTimestamp;
  /** As typed into a form: its date is what counts. */
  expires_at: NullableStoredTimestamp;
  is_active: boolean;
}

interface CertificatesTable {
  id: Generated<number>;
  name: string;
  type: string | null;
  description: string | null;
  owner_id: number | null;
  /** `User` or `Group`. */
  owner_type: string | null;
  created_at: NullableStoredTimestamp;
  updated_at: NullableStoredTimestamp;
}

interface CertificateVersionsTable {
  id: Generated<number>;
  certificate_id: number;
  version_notes: string | null;
  valid_from: NullableCalendarDate;
  expires_at: CalendarDate;
  issuer: string | null;
  common_name: string | null;
  serial_number: string | null;
  /** PEM, or whatever somebody pasted. */
  public_body: string | null;
  private_key_location: string | null;
  is_active: boolean | null;
  created_at: NullableStoredTimestamp;
}

/** One row, made when it is first needed. */
interface FinanceSettingsTable {
  id: Generated<number>;
  api_provider: string | null;
  api_endpoint: string | null;
  /** A secret. */
  api_key: string | null;
  base_currency: string | null;
  last_sync_at: NullableStoredTimestamp;
  created_at: NullableStoredTimestamp;
  updated_at: NullableStoredTimestamp;
}

/** A row for each currency and synchronisation; readers take the newest of a code. */
interface ExchangeRateTable {
  id: Generated<number>;
  currency_code: string;
  /** What one unit is worth in the base currency. */
  rate: number;
  fetched_at: NullableStoredTimestamp;
}

/** By plain table name, as they stand in schema `public`. */
export interface OpsdeckTables {
  user: UserTable;
  group: GroupTable;
  user_groups: UserGroupsTable;
  organization_settings: OrganizationSettingsTable;
  tag: TagTable;
  supplier: SupplierTable;
  framework: FrameworkTable;
  framework_control: FrameworkControlTable;
  compliance_link: ComplianceLinkTable;
  compliance_rule: ComplianceRuleTable;
  compliance_audit: ComplianceAuditTable;
  security_activity: SecurityActivityTable;
  activity_execution: ActivityExecutionTable;
  campaign: CampaignTable;
  campaign_users: CampaignUsersTable;
  campaign_groups: CampaignGroupsTable;
  campaign_tags: CampaignTagsTable;
  maintenance_log: MaintenanceLogTable;
  maintenance_log_tags: MaintenanceLogTagsTable;
  bcdr_plan: BcdrPlanTable;
  bcdr_test_log: BcdrTestLogTable;
  onboarding_pack: OnboardingPackTable;
  onboarding_process: OnboardingProcessTable;
  offboarding_process: OffboardingProcessTable;
  security_assessment: SecurityAssessmentTable;
  risk_assessment: RiskAssessmentTable;
  uar_comparison: UarComparisonTable;
  uar_execution: UarExecutionTable;
  uar_finding: UarFindingTable;
  security_incident: SecurityIncidentTable;
  custom_field_definition: CustomFieldDefinitionTable;
  custom_field_value: CustomFieldValueTable;
  business_service: BusinessServiceTable;
  service_users: ServiceUsersTable;
  service_component: ServiceComponentTable;
  email_template: EmailTemplateTable;
  event_rule: EventRuleTable;
  audit_log: AuditLogTable;
  scheduled_communication: ScheduledCommunicationTable;
  notification_event: NotificationEventTable;
  notification_setting: NotificationSettingTable;
  subscription: SubscriptionTable;
  subscription_users: SubscriptionUsersTable;
  license: LicenseTable;
  credentials: CredentialsTable;
  credential_secrets: CredentialSecretsTable;
  certificates: CertificatesTable;
  certificate_versions: CertificateVersionsTable;
  finance_settings: FinanceSettingsTable;
  exchange_rate: ExchangeRateTable;
}
