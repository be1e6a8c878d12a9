import { z } from 'zod';
import type { ReportBlock } from '../../../src/job/report.ts';
import type { Json, JsonObject } from '../../../src/text/json.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { conditionWords } from '../compare/filter.ts';
import { comparisonSettings } from '../compare/settings.ts';
import type { Review } from './review.ts';

/** What the record says of a source; other versions of the program may say more, or less. */
const recordedSource = z
  .object({
    type: z.string(),
    rows: z.number(),
    sha256: z.string(),
    extracted_at: z.iso.datetime(),
    columns: z.array(z.string()),
  })
  .partial();

const recordedRules = z.object({
  source_a: z.object({ type: z.string(), config: z.json() }).optional(),
  source_b: z.object({ type: z.string(), config: z.json() }).optional(),
  key_field_a: z.string(),
  key_field_b: z.string(),
  field_mappings: z.array(z.object({ field_a: z.string(), field_b: z.string() })).nullable(),
  settings: comparisonSettings,
});

/** What was read: files, queries or systems, rows, time and hash. */
export function sourcesTable({ config, source_a, source_b }: Review, zone: string): readonly ReportBlock[] {
  const rules = recordedRules.safeParse(config).data;
  const row = (side: 'A' | 'B', source: JsonObject | null): string[] => {
    const { type, rows, sha256, extracted_at: at } = recordedSource.safeParse(source).data ?? {};
    const defined = side === 'A' ? rules?.source_a : rules?.source_b;
    const extracted = at === undefined ? '-' : wallClock(new Date(at), zone);
    const what = [type ?? defined?.type ?? '-', placeOf(defined?.config ?? null)].filter((one) => one !== '');
    return [side, what.join(' '), String(rows ?? '-'), extracted, sha256 ?? '-'];
  };
  return [
    { kind: 'heading', text: 'Population' },
    {
      kind: 'table',
      columns: ['Side', 'Source', 'Rows', 'Extracted', 'SHA-256 of what was read'],
      rows: [row('A', source_a), row('B', source_b)],
    },
  ];
}

const place = z
  .object({
    path: z.string(),
    url: z.string(),
    query: z.string(),
    subscription_id: z.union([z.string(), z.number()]),
    service_id: z.union([z.string(), z.number()]),
  })
  .partial();

/** The file, the address, the query or the number of what a source is. */
function placeOf(config: Json): string {
  const {
    path,
    url,
    query,
    subscription_id: subscription,
    service_id: service,
  } = place.safeParse(config).data ?? {};
  return [path, url, query, subscription, service].filter((one) => one !== undefined).join(' ');
}

/** How it was compared: keys, fields, filters, columns. */
export function rulesTable({ config, source_a, source_b }: Review): readonly ReportBlock[] {
  const rules = recordedRules.safeParse(config).data;
  if (rules === undefined) return [];
  const { key_field_a: keyA, key_field_b: keyB, field_mappings: mappings, settings } = rules;
  const { key, where, sides, show, label, departure, fields } = settings;
  const keyRules = [
    ...(key.trim ? ['trim'] : []),
    ...(key.case_fold ? ['case_fold'] : []),
    ...(key.unicode_nfc ? ['unicode_nfc'] : []),
    ...(key.strip_domain === false
      ? []
      : [key.strip_domain === true ? 'strip_domain' : `strip_domain ${key.strip_domain}`]),
  ];
  const filter = (side: 'a' | 'b') =>
    where[side].length === 0 ? 'every row' : where[side].map(conditionWords).join(', ');
  const columns = (source: JsonObject | null) =>
    recordedSource.safeParse(source).data?.columns?.join(', ') ?? '-';
  const mapped = (mappings ?? []).map(({ field_a: a, field_b: b }) => {
    const how = Object.entries(fields[a] ?? {}).filter(([, value]) => value !== false);
    const words = how.map(([name, value]) => (value === true ? name : `${name} ${String(value)}`));
    return `${a} = ${b}${words.length === 0 ? '' : ` (${words.join(', ')})`}`;
  });
  return [
    { kind: 'heading', text: 'Rules' },
    {
      kind: 'table',
      columns: ['Rule', 'Value'],
      rows: [
        ['Key', `${keyA} = ${keyB}, ${keyRules.length === 0 ? 'exact text' : keyRules.join(', ')}`],
        ['Compared fields', mapped.length === 0 ? 'only whether the key is there' : mapped.join(', ')],
        ['Filter of A', filter('a')],
        ['Filter of B', filter('b')],
        ['Reported', sides === 'both' ? 'both sides' : `only ${sides}`],
        ...(show.length === 0 ? [] : [['Shown', show.join(', ')]]),
        ...(label === undefined ? [] : [['Label', label]]),
        ...(departure === undefined ? [] : [['Departure', departure]]),
        ['Columns of A', columns(source_a)],
        ['Columns of B', columns(source_b)],
      ],
    },
  ];
}
