import { createHash } from 'node:crypto';
import { z } from 'zod';
import { version } from '../../../src/service/version.ts';
import type { LoadedSource } from '../../../src/sources/source.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import { type AccountedRows, accountedRows } from '../compare/accounted.ts';
import type { Comparison } from '../comparison.ts';
import { recordedConfig } from '../execution/recorded-config.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const total = z.int().min(0);

/** What `uar_execution_record.population` holds. */
export const populationTotals = z.object({
  a: accountedRows.extend({ definition: sha256 }),
  b: accountedRows.extend({ definition: sha256 }),
  /** Of what was read and how: where it is the same, so is every row. */
  content: sha256,
  /** `os:user@host`, or what ran it by itself. */
  run_by: z.string(),
  /** Rows that the population before did not have, and rows that it alone had. */
  added: total,
  gone: total,
  /** The execution that they are differences from; null: there was none. */
  previous_execution: z.int().nullable(),
});
export type PopulationTotals = z.output<typeof populationTotals>;

/** What is known before it is compared with the population before. */
export type Reading = Omit<PopulationTotals, 'added' | 'gone' | 'previous_execution'>;

const hashOf = (value: JsonObject) => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** SHA-256 of source, filter and key rules of a side: executions with the same one are about the same accounts. */
function definitionOf(comparison: Comparison, side: 'a' | 'b'): string {
  const { row, settings } = comparison;
  const config = recordedConfig(row, settings);
  const source = side === 'a' ? config['source_a'] : config['source_b'];
  const key = side === 'a' ? row.key_field_a : row.key_field_b;
  return hashOf({
    source: source ?? null,
    key,
    rules: z.json().parse(settings.key),
    where: z.json().parse(settings.where[side]),
  });
}

/** All of the record but what changed. */
export function readingOf(
  comparison: Comparison,
  sources: { readonly a: LoadedSource; readonly b: LoadedSource },
  accounted: { readonly a: AccountedRows; readonly b: AccountedRows },
  runBy: string,
): Reading {
  const a = { ...accounted.a, definition: definitionOf(comparison, 'a') };
  const b = { ...accounted.b, definition: definitionOf(comparison, 'b') };
  const { show, label = null, departure = null } = comparison.settings;
  const content = hashOf({
    program: version,
    a: [sources.a.sha256, a.definition],
    b: [sources.b.sha256, b.definition],
    shown: [...show],
    label,
    departure,
  });
  return { a, b, content, run_by: runBy };
}
