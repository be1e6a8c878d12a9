import { sql, type Transaction } from 'kysely';
import type { Database } from '../../../../src/db/tables.ts';
import { InconclusiveSource } from '../../../../src/sources/source.ts';
import { checkColumns } from '../../../../src/sources/staging.ts';
import type { OpsdeckRows } from './staged-rows.ts';

/** Who is not archived, with the custom fields of people as columns under their field names. */
export async function activeUsers(trx: Transaction<Database>): Promise<OpsdeckRows> {
  const fields = await trx
    .selectFrom('custom_field_definition')
    .select(['id', 'name'])
    .where('entity_type', '=', 'User')
    .orderBy('id')
    .execute();
  const own = ['id', 'name', 'email', 'role'];
  const taken = fields.filter(({ name }) => own.includes(name)).map(({ name }) => name);
  const custom = fields.filter(({ name }) => !own.includes(name));
  const columns = [...own, ...custom.map(({ name }) => name)];
  checkColumns(columns, 'Active Users');
  const cells = custom.map((field) => sql`, f.fields ->> ${String(field.id)}`);
  return {
    columns,
    warnings: taken.map(
      (name) => `The custom field '${name}' is left out: people have a column of that name.`,
    ),
    select: sql`
      select u.id::text, u.name, u.email, u.role${sql.join(cells, sql``)}
      from "user" as u
      left join (
        select linkable_id, jsonb_object_agg(field_definition_id, value order by id) as fields
        from custom_field_value
        where linkable_type = 'User'
        group by linkable_id
      ) as f on f.linkable_id = u.id
      where not u.is_archived
      order by u.id`,
  };
}

/**
 * Who is assigned to a subscription: a row for each licence of theirs in it, and one for who has none. The key of a licence is
 * a secret and is not read, so there is no column `license_key`: a comparison by it is inconclusive instead of wrong.
 */
export async function subscription(trx: Transaction<Database>, subscriptionId: number): Promise<OpsdeckRows> {
  await mustExist(trx, 'subscription', subscriptionId, 'subscription');
  return {
    columns: ['user_id', 'email', 'name', 'subscription_name', 'license_id', 'license_name'],
    select: sql`
      select u.id::text, u.email, u.name, s.name, l.id::text, l.name
      from subscription as s
      join subscription_users as su on su.subscription_id = s.id
      join "user" as u on u.id = su.user_id
      left join license as l on l.subscription_id = s.id and l.user_id = u.id
      where s.id = ${subscriptionId}
      order by u.id, l.id`,
  };
}

/** Who can use a service, archived people too: a row for each way of access. Links of components have no foreign key. */
export async function businessService(trx: Transaction<Database>, serviceId: number): Promise<OpsdeckRows> {
  await mustExist(trx, 'business_service', serviceId, 'service');
  return {
    columns: ['user_id', 'email', 'name', 'source', 'service_name'],
    select: sql`
      select u.id::text, u.email, u.name, access.source, service.name
      from business_service as service
      join (
        select service_id, user_id, 'direct' as source, 1 as way, user_id as through from service_users
        union all
        select c.service_id, su.user_id, 'subscription', 2, c.id
        from service_component as c
        join subscription_users as su on su.subscription_id = c.component_id
        where c.component_type = 'Subscription'
        union all
        select c.service_id, l.user_id, 'license', 3, c.id
        from service_component as c
        join license as l on l.id = c.component_id
        where c.component_type = 'License'
      ) as access on access.service_id = service.id
      join "user" as u on u.id = access.user_id
      where service.id = ${serviceId}
      order by u.id, access.way, access.through`,
  };
}

async function mustExist(
  trx: Transaction<Database>,
  table: 'subscription' | 'business_service',
  wanted: number,
  noun: string,
): Promise<void> {
  const found = await trx.selectFrom(table).select('id').where('id', '=', wanted).executeTakeFirst();
  if (found === undefined) throw new InconclusiveSource(`There is no ${noun} with id ${wanted}.`);
}
