import { basename } from 'node:path/posix';
import { z } from 'zod';
import { plainText } from '../../../src/text/plain-text.ts';
import type { ComparisonRow } from '../comparison.ts';
import type { FindingType } from '../finding-words.ts';

/** What people call the two sides of a comparison. */
export interface SideNames {
  readonly a: string;
  readonly b: string;
}

const csv = z
  .object({ path: z.string().min(1) })
  .transform(({ path }) => basename(path.replaceAll('\\', '/')));
const api = z
  .object({ url: z.string() })
  .transform(({ url }) => (URL.canParse(url) ? new URL(url).host : ''));
const idText = z.union([z.int(), z.string()]);

/** The sides by their sources; where both would be called the same, with their letters. */
export function sideNames(
  row: Pick<ComparisonRow, 'source_a_type' | 'source_a_config' | 'source_b_type' | 'source_b_config'>,
): SideNames {
  const a = nameOf(row.source_a_type, row.source_a_config);
  const b = nameOf(row.source_b_type, row.source_b_config);
  return a === b ? { a: `${a} (A)`, b: `${b} (B)` } : { a, b };
}

function nameOf(type: string, config: unknown): string {
  switch (type) {
    case 'CSV':
      return clean(csv.safeParse(config).data) ?? 'the CSV file';
    case 'API':
      return clean(api.safeParse(config).data) ?? 'the API';
    case 'Active Users':
      return 'the active users of OpsDeck';
    case 'Subscription':
      return `subscription ${z.object({ subscription_id: idText }).safeParse(config).data?.subscription_id ?? ''}`.trim();
    case 'Business Service':
      return `service ${z.object({ service_id: idText }).safeParse(config).data?.service_id ?? ''}`.trim();
    case 'Database Query':
      return 'the database query';
    case 'JSON':
      return 'the JSON list';
    default:
      return type;
  }
}

function clean(name: string | undefined): string | undefined {
  const text = plainText(name ?? '').trim();
  return text === '' ? undefined : text;
}

/** What a finding of a type means, and what to do: a phrase after its key. A is the list of those who should have access. */
export function meaningOf(type: FindingType, { a, b }: SideNames): string {
  switch (type) {
    case 'Right Only (B)':
      return `has access in ${b}, is not in ${a}: remove the access or record an exception`;
    case 'Left Only (A)':
      return `is in ${a}, has no access in ${b}: give the access or record an exception`;
    case 'Mismatch':
      return `differs between ${a} (A) and ${b} (B): correct the wrong one`;
    case 'Duplicate Key (A)':
      return `occurs more than once in ${a}: leave one`;
    case 'Duplicate Key (B)':
      return `occurs more than once in ${b}: leave one`;
    case 'No Key (B)':
      return `has access in ${b} without a key: find its owner, enter the key or record an exception`;
  }
}
