import type { z } from 'zod';
import type { Clock } from '../../../src/time/clock.ts';
import { csvConfig, csvSource } from './csv/csv-source.ts';
import { openBelow } from './open-file.ts';
import type { SourceSettings } from './settings.ts';
import { InconclusiveSource, type OpenSource } from './source.ts';

/** What sources need beside their own configuration. */
export interface SourceDeps {
  readonly settings: SourceSettings;
  readonly clock: Clock;
}

/** Source types that OpsDeck does not know: comparisons with one keep its `next_run_at` NULL. */
export const ownSourceTypes = ['CSV', 'API'] as const;

/** Checks what a person has configured. @throws InconclusiveSource that names the place. */
function read<T>(schema: z.ZodType<T>, config: unknown, type: string): T {
  const checked = schema.safeParse(config ?? {});
  if (checked.success) return checked.data;
  const problems = checked.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
  );
  throw new InconclusiveSource(`The configuration of the ${type} source is wrong: ${problems.join('; ')}.`);
}

/**
 * Opens a source as a comparison configures it: what needs the network or a file is done here, outside of any transaction.
 *
 * @param type `source_a_type`, `source_b_type`
 * @param config `source_a_config`, `source_b_config`
 * @throws InconclusiveSource
 */
export async function openSource(type: string, config: unknown, deps: SourceDeps): Promise<OpenSource> {
  switch (type) {
    case 'CSV': {
      const { path, ...format } = read(csvConfig, config, type);
      return csvSource(await openBelow(deps.settings.sources_dir ?? undefined, path), format, deps.clock);
    }
    default:
      throw new InconclusiveSource(`There is no source type '${type}'.`);
  }
}
