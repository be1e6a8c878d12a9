import { type RawBuilder, sql } from 'kysely';
import { type ComparedField, withoutParts } from './field.sql.ts';

/** A row a field that differs. Not VALUES: PostgreSQL prepares its expressions anew for each pair, which costs more than they do. */
function fieldRow(field: ComparedField, index: number): RawBuilder<unknown> {
  return sql`
         select ${sql.lit(index + 1)} as field, ${field.valueA} as value_a, ${field.valueB} as value_b,
                ${field.notOfTypeA} as not_of_type_a, ${field.notOfTypeB} as not_of_type_b,
                ${field.partsA} as parts_a, ${field.partsB} as parts_b, ${field.listA} as list_a, ${field.listB} as list_b
          where ${field.differs}`;
}

/** Where no field is mapped: nothing differs. */
const noField: ComparedField = {
  ...withoutParts,
  valueA: sql`null::text`,
  valueB: sql`null::text`,
  differs: sql`false`,
};

/**
 * `uar_difference (tid_a, field, place, path, value_a, value_b, kind, not_of_type_a, not_of_type_b)`: what differs in each pair; `field` is
 * the number of the mapping, `place` the order within the field. Nested values are walked level by level, only where they differ.
 */
export function makeDifferenceTable(fields: readonly ComparedField[]): RawBuilder<unknown> {
  const rows = (fields.length === 0 ? [noField] : fields).map(fieldRow);
  return sql`
    create temporary table uar_difference on commit drop as
    with recursive differing as materialized (
      select p.tid_a, f.*
        from uar_pair p
        join uar_a a on a.ctid = p.tid_a
        join uar_b b on b.ctid = p.tid_b
       cross join lateral (${sql.join(rows, sql` union all `)}) f
    ),
    walk as (
      select tid_a, field, '{}'::text[] as place, '' as path, parts_a as value_a, parts_b as value_b
        from differing where parts_a is not null
      union all
      select w.tid_a, w.field, w.place || child.place, w.path || '/' || child.name, child.value_a, child.value_b
        from walk w
       cross join lateral (
         select replace(replace(key, '~', '~0'), '/', '~1') as name, key as place, a.value as value_a, b.value as value_b
           from jsonb_each(${both('object', 'value_a', '{}')}) a
           full join jsonb_each(${both('object', 'value_b', '{}')}) b using (key)
         union all
         select (n - 1)::text, lpad(n::text, 10, '0'), a.value, b.value
           from jsonb_array_elements(${both('array', 'value_a', '[]')}) with ordinality a (value, n)
           full join jsonb_array_elements(${both('array', 'value_b', '[]')}) with ordinality b (value, n) using (n)
       ) child
       where child.value_a is distinct from child.value_b
    )
    select tid_a, field, place, path, value_a, value_b,
           case when value_a is null then 'only_b' when value_b is null then 'only_a'
                when jsonb_typeof(value_a) <> jsonb_typeof(value_b) then 'type' else 'changed' end as kind,
           false as not_of_type_a, false as not_of_type_b
      from walk
     where not coalesce(jsonb_typeof(value_a) = jsonb_typeof(value_b) and jsonb_typeof(value_a) in ('object', 'array'), false)
    union all
    select d.tid_a, d.field, array[e.element], '', e.in_a, e.in_b, e.kind, false, false
      from differing d
     cross join lateral (
       select element, to_jsonb(element) as in_a, null::jsonb as in_b, 'only_a' as kind
         from (select unnest(d.list_a) as element except all select unnest(d.list_b)) a
       union all
       select element, null, to_jsonb(element), 'only_b'
         from (select unnest(d.list_b) as element except all select unnest(d.list_a)) b
     ) e
     where d.list_a is not null and d.list_b is not null
    union all
    select tid_a, field, '{}', '', to_jsonb(value_a), to_jsonb(value_b),
           case when value_a is null then 'only_b' when value_b is null then 'only_a'
                when not_of_type_a or not_of_type_b then 'type' else 'changed' end,
           not_of_type_a, not_of_type_b
      from differing
     where parts_a is null and (list_a is null or list_b is null)`;
}

/** The value of the walk's pair where both of its values are of this type, else an empty one. */
function both(type: 'object' | 'array', column: string, empty: '{}' | '[]'): RawBuilder<unknown> {
  return sql`case when jsonb_typeof(w.value_a) = ${sql.lit(type)} and jsonb_typeof(w.value_b) = ${sql.lit(type)}
                  then ${sql.ref(`w.${column}`)} else ${sql.lit(empty)}::jsonb end`;
}
