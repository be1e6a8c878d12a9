import { type RawBuilder, sql } from 'kysely';
import {
  by,
  byType,
  type Dependent,
  type Loosened,
  type RecordKind,
  tableOf,
} from '../../../src/records/record-kind.ts';
import { type ItemKind, kindWords, tables } from '../item.ts';

interface ItemRecord {
  readonly kind: ItemKind;
  readonly plural: string;
  /** OpsDeck's name of its class, as links and fields have it. */
  readonly type: string;
  readonly longest: number;
  /** Of the row `i`: the date, as text. */
  readonly date: RawBuilder<unknown>;
  readonly dateColumn: string;
  /** Its rows have `is_archived`. */
  readonly archived: boolean;
  /** Which rows of the table are records. */
  readonly where?: RawBuilder<unknown>;
  readonly also?: readonly string[];
  readonly parts?: readonly Dependent[];
  readonly loosened?: readonly Loosened[];
  readonly stays?: readonly Dependent[];
  readonly evidence?: readonly Dependent[];
}

/** What is watched for its date. Alerts stay on the record, its snoozes and acknowledgements go along. */
function item(own: ItemRecord): RecordKind {
  const { kind, type, archived, dateColumn } = own;
  const linked = byType(type, { type: 'linkable_type', id: 'linkable_id' });
  const ofKind = (id: number) => sql<boolean>`t.item_kind = ${kind}::text and t.item_id = ${id}::integer`;
  return {
    name: kind,
    plural: own.plural,
    ...(own.also === undefined ? {} : { also: own.also }),
    one: kind === 'supplier' ? 'supplier' : kindWords[kind].one,
    table: tables[kind],
    rows: sql`
      select i.id, i.name, ${archived ? sql`not coalesce(i.is_archived, false)` : sql`null::boolean`} as enabled, ${own.date} as ${sql.id(dateColumn)}
        from ${tableOf(tables[kind])} i${own.where === undefined ? sql`` : sql` where ${own.where}`}`,
    details: [dateColumn],
    rename: { column: 'name', longest: own.longest, among: () => sql<boolean>`true` },
    ...(archived
      ? {
          state: {
            column: 'is_archived',
            on: false,
            enabled: 'its dates are watched again',
            disabled: 'it is archived: no alert is sent about it',
          },
        }
      : {}),
    parts: [
      ...(own.parts ?? []),
      { one: 'link', many: 'links', table: 'compliance_link', where: linked },
      { one: 'custom field', many: 'custom fields', table: 'custom_field_value', where: linked },
      {
        ...{ one: 'place in a service', many: 'places in services', table: 'service_component' },
        where: byType(type, { type: 'component_type', id: 'component_id' }),
      },
      {
        ...{ one: 'snooze or acknowledgement', many: 'snoozes and acknowledgements' },
        ...{ table: 'opsdeck_jobs.alert_hold', where: ofKind },
      },
    ],
    ...(own.loosened === undefined ? {} : { loosened: own.loosened }),
    stays: [
      ...(own.stays ?? []),
      { one: 'alert', many: 'alerts', table: 'opsdeck_jobs.alert_ledger', where: ofKind },
    ],
    ...(own.evidence === undefined ? {} : { evidence: own.evidence }),
    page: `/${own.plural}`,
  };
}

export const itemRecords: readonly RecordKind[] = [
  item({
    ...{ kind: 'subscription', plural: 'subscriptions', type: 'Subscription', longest: 100, archived: true },
    ...{ date: sql`i.renewal_date::text`, dateColumn: 'renewal' },
    parts: [{ one: 'user', many: 'users', table: 'subscription_users', where: by('subscription_id') }],
    loosened: [
      {
        one: 'licence',
        many: 'licences',
        table: 'license',
        where: by('subscription_id'),
        column: 'subscription_id',
      },
    ],
  }),
  item({
    ...{ kind: 'license', plural: 'licenses', type: 'License', longest: 200, archived: true },
    ...{ date: sql`i.expiry_date::text`, dateColumn: 'expires', also: ['licence', 'licences'] },
    loosened: [
      {
        one: 'credential',
        many: 'credentials',
        table: 'credentials',
        where: by('license_id'),
        column: 'license_id',
      },
    ],
  }),
  item({
    ...{ kind: 'credential', plural: 'credentials', type: 'Credential', longest: 200, archived: false },
    date: sql`(select max(s.expires_at)::date::text from public.credential_secrets s where s.credential_id = i.id and s.is_active)`,
    dateColumn: 'expires',
    parts: [{ one: 'secret', many: 'secrets', table: 'credential_secrets', where: by('credential_id') }],
  }),
  item({
    ...{ kind: 'certificate', plural: 'certificates', type: 'Certificate', longest: 255, archived: false },
    date: sql`(select max(v.expires_at)::text from public.certificate_versions v where v.certificate_id = i.id and v.is_active)`,
    dateColumn: 'expires',
    parts: [
      {
        ...{ one: 'reading', many: 'readings', table: 'opsdeck_jobs.certificate_reading', silent: true },
        where: (id) =>
          sql<boolean>`t.version_id in (select id from public.certificate_versions where certificate_id = ${id}::integer)`,
      },
      { one: 'version', many: 'versions', table: 'certificate_versions', where: by('certificate_id') },
    ],
  }),
  item({
    ...{ kind: 'supplier', plural: 'suppliers', type: 'Supplier', longest: 100, archived: true },
    ...{ date: sql`i.security_assessment_completed::text`, dateColumn: 'assessed' },
    loosened: [
      {
        one: 'subscription',
        many: 'subscriptions',
        table: 'subscription',
        where: by('supplier_id'),
        column: 'supplier_id',
      },
    ],
    evidence: [
      { one: 'assessment', many: 'assessments', table: 'security_assessment', where: by('supplier_id') },
    ],
  }),
  item({
    ...{ kind: 'deadline', plural: 'deadlines', type: 'Deadline', longest: 200, archived: false },
    ...{ date: sql`i.due_on::text`, dateColumn: 'due' },
    // What a query answers is changed where it is recorded.
    where: sql`i.query is null`,
  }),
];
