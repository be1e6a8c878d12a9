import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { type Attention, attentionOf } from '../../src/job/attention.ts';
import { count } from '../../src/text/count.ts';
import { kindWords, type OwnedKind, ownedKinds } from './item.ts';

/** Nobody is behind it: no such user or group, or a user who is archived. */
function ownerless(type: RawBuilder<unknown>, id: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    case lower(btrim(${type}::text))
      when 'user' then not exists (select from public."user" u where u.id = ${id} and not u.is_archived)
      when 'group' then not exists (select from public."group" g where g.id = ${id})
      else true end`;
}

/** Rows of kind, id and name: items that are watched and that nobody owns. */
const found: Readonly<Record<OwnedKind, RawBuilder<unknown>>> = {
  subscription: sql`
    select 'subscription' as kind, s.id, s.name from public.subscription s
     where not s.is_archived and s.renewal_date is not null and ${ownerless(sql`'user'`, sql`s.user_id`)}`,
  license: sql`
    select 'license' as kind, l.id, l.name from public.license l
     where not l.is_archived and l.expiry_date is not null and ${ownerless(sql`'user'`, sql`l.user_id`)}`,
  credential: sql`
    select 'credential' as kind, c.id, c.name from public.credentials c
     where ${ownerless(sql`c.owner_type`, sql`c.owner_id`)}
       and exists (select from public.credential_secrets s
                    where s.credential_id = c.id and s.is_active and s.expires_at is not null)`,
  certificate: sql`
    select 'certificate' as kind, c.id, c.name from public.certificates c
     where ${ownerless(sql`c.owner_type`, sql`c.owner_id`)}
       and exists (select from public.certificate_versions v where v.certificate_id = c.id and v.is_active)`,
};

const ownerlessKind = z.object({ kind: z.enum(ownedKinds), total: z.int(), id: z.int() });

/** Items of these kinds that nobody owns: their alerts go to the fallback recipient or the administrators. */
export function ownerlessItems(kinds: readonly OwnedKind[]): Attention {
  const items = sql.join(
    kinds.map((kind) => found[kind]),
    sql` union all `,
  );
  return attentionOf(
    ownerlessKind,
    () => sql`
      select kind, count(*)::integer as total, min(id)::integer as id from (${items}) items
       group by kind order by kind`,
    (rows) =>
      rows.map(({ kind, total, id }) => ({
        severity: 'low',
        what: `${count(total, kindWords[kind].one)} without an owner, such as ${kind}:${id}`,
        since: null,
        next: `expiry show ${kind}:${id}`,
      })),
  );
}
