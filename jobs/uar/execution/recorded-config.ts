import { z } from 'zod';
import { looksSecret } from '../../../src/sources/query/query-guard.ts';
import type { Json, JsonObject } from '../../../src/text/json.ts';
import type { ComparisonSettings } from '../compare/settings.ts';
import type { ComparisonRow } from '../comparison.ts';

const mask = '[secret]';
const credentialHeader = /auth|cookie/i;

/** What is recorded as the configuration of an execution. Reports show it: what is, or may be, a secret is masked. */
export function recordedConfig(row: ComparisonRow, settings: ComparisonSettings | null): JsonObject {
  return {
    name: row.name,
    source_a: { type: row.source_a_type, config: masked(row.source_a_config) },
    source_b: { type: row.source_b_type, config: masked(row.source_b_config) },
    key_field_a: row.key_field_a,
    key_field_b: row.key_field_b,
    field_mappings: row.field_mappings,
    schedule: { type: row.schedule_type, config: row.schedule_config },
    settings: settings === null ? row.settings : z.json().parse(settings),
  };
}

/** Of a source: credentials in its address, and headers that usually hold some. The name of a secret is none. */
function masked(config: Json): Json {
  if (!isObject(config)) return config;
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      if (name === 'headers' && isObject(value)) return [name, maskedHeaders(value)];
      return [name, typeof value === 'string' ? maskedAddress(value) : value];
    }),
  );
}

function maskedHeaders(headers: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      looksSecret(name.replaceAll('-', '_')) || credentialHeader.test(name) ? mask : value,
    ]),
  );
}

function maskedAddress(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) return text;
  const secret = [...url.searchParams.keys()].filter(looksSecret);
  if (url.username === '' && url.password === '' && secret.length === 0) return text;
  url.username = '';
  url.password = '';
  for (const name of secret) url.searchParams.set(name, mask);
  return url.href;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
