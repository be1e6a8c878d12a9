import type { Migration } from './migration.ts';

/**
 * OpsDeck's tables of what renews or expires, exactly as its database has them at revision 026; see 0002-opsdeck-tables.ts.
 * Foreign keys to tables that are not created here (software, budget, purchase, asset) are left out.
 */
export const expiringItems: Migration = {
  name: '0009-expiring-items',
  title: "OpsDeck's subscriptions, licences, credentials and certificates",
  standaloneOnly: true,
  statements: [
    `create table public.subscription (
  id serial primary key,
  name varchar(100) not null,
  subscription_type varchar(50) not null,
  description text,
  renewal_date date not null,
  renewal_period_type varchar(20) not null,
  renewal_period_value integer,
  monthly_renewal_day varchar(10),
  auto_renew boolean,
  cost double precision not null,
  currency varchar(3),
  pricing_model varchar(20),
  cost_per_user double precision,
  user_id integer references public."user" (id),
  supplier_id integer references public.supplier (id),
  software_id integer,
  budget_id integer,
  is_archived boolean not null,
  created_at timestamp,
  updated_at timestamp
)`,
    `create index ix_subscription_user_id on public.subscription (user_id)`,
    `create index ix_subscription_supplier_id on public.subscription (supplier_id)`,
    `create index ix_subscription_software_id on public.subscription (software_id)`,
    `create index ix_subscription_budget_id on public.subscription (budget_id)`,
    `create index ix_subscription_is_archived on public.subscription (is_archived)`,
    `create table public.subscription_users (
  subscription_id integer not null references public.subscription (id),
  user_id integer not null references public."user" (id),
  primary key (subscription_id, user_id)
)`,
    `create index ix_subscription_users_user_id on public.subscription_users (user_id)`,

    `create table public.license (
  id serial primary key,
  name varchar(200) not null,
  license_key text,
  cost double precision,
  currency varchar(3),
  purchase_date date,
  expiry_date date,
  user_id integer references public."user" (id),
  purchase_id integer,
  budget_id integer,
  subscription_id integer references public.subscription (id),
  software_id integer,
  is_archived boolean not null,
  created_at timestamp
)`,
    `create index ix_license_user_id on public.license (user_id)`,
    `create index ix_license_purchase_id on public.license (purchase_id)`,
    `create index ix_license_budget_id on public.license (budget_id)`,
    `create index ix_license_subscription_id on public.license (subscription_id)`,
    `create index ix_license_software_id on public.license (software_id)`,
    `create index ix_license_is_archived on public.license (is_archived)`,

    `create table public.credentials (
  id serial primary key,
  name varchar(200) not null,
  type varchar(50) not null,
  break_glass boolean not null,
  description text,
  owner_id integer not null,
  owner_type varchar(50) not null,
  software_id integer,
  license_id integer references public.license (id),
  asset_id integer,
  created_at timestamp not null,
  updated_at timestamp not null
)`,
    `create index idx_credential_owner on public.credentials (owner_type, owner_id)`,
    `create index idx_credential_software on public.credentials (software_id)`,
    `create index ix_credentials_license_id on public.credentials (license_id)`,
    `create index ix_credentials_asset_id on public.credentials (asset_id)`,
    `create table public.credential_secrets (
  id serial primary key,
  credential_id integer not null references public.credentials (id),
  masked_value varchar(255) not null,
  created_at timestamp not null,
  expires_at timestamp,
  is_active boolean not null
)`,
    `create index idx_secret_credential on public.credential_secrets (credential_id, is_active)`,
    `create index idx_secret_expiry on public.credential_secrets (expires_at, is_active)`,

    `create table public.certificates (
  id serial primary key,
  name varchar(255) not null,
  type varchar(50),
  description text,
  owner_id integer,
  owner_type varchar(50),
  created_at timestamp,
  updated_at timestamp
)`,
    `create table public.certificate_versions (
  id serial primary key,
  certificate_id integer not null references public.certificates (id),
  version_notes varchar(255),
  valid_from date,
  expires_at date not null,
  issuer varchar(100),
  common_name varchar(255),
  serial_number varchar(100),
  public_body text,
  private_key_location varchar(255),
  is_active boolean,
  created_at timestamp
)`,
    `create index ix_certificate_versions_certificate_id on public.certificate_versions (certificate_id)`,
  ],
};
