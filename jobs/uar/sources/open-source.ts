import type { z } from 'zod';
import type { DatabaseMode } from '../../../src/db/database.ts';
import { databaseQuery } from '../../../src/sources/query/database-query.ts';
import { InconclusiveSource, type OpenSource } from '../../../src/sources/source.ts';
import type { Clock } from '../../../src/time/clock.ts';
import type { ApiDeps } from './api/api-deps.ts';
import { csvSource } from './csv/csv-source.ts';
import { storedJson } from './json/stored-json.ts';
import { openBelow } from './open-file.ts';
import type { SourceSettings } from './settings.ts';
import type { Side } from './sides.ts';
import {
  needsPlugin,
  pluginSourceType,
  type SourceType,
  sourceConfigs,
  sourceProblems,
} from './source-configs.ts';
import { activeUsers, businessService, subscription } from './sql/opsdeck-sources.sql.ts';
import { opsdeckSource } from './sql/staged-rows.ts';

/** What sources need beside their own configuration. */
export interface SourceDeps extends ApiDeps {
  readonly settings: SourceSettings;
  readonly clock: Clock;
  /** Of the database: queries need a role of their own on one of OpsDeck. */
  readonly mode: DatabaseMode;
  /** Whose source it is: the list of a `JSON` source is read where it is stored. */
  readonly comparisonId: number;
  /** Of the run: a statement that it ended was not too slow. */
  readonly signal: AbortSignal;
}

/** @throws InconclusiveSource that names the place. */
function read<T>(schema: z.ZodType<T>, config: unknown, type: SourceType): T {
  const problems = sourceProblems(type, config).map(({ path, message }) =>
    path.length === 0 ? message : `${path.map(String).join('.')} ${message}`,
  );
  if (problems.length > 0)
    throw new InconclusiveSource(`The configuration of the ${type} source is wrong: ${problems.join('; ')}.`);
  return schema.parse(config ?? {});
}

/**
 * Opens a source as a comparison configures it: what needs the network or a file is done here, outside of any transaction.
 *
 * @param type `source_a_type`, `source_b_type`
 * @param config `source_a_config`, `source_b_config`
 * @throws InconclusiveSource
 */
export async function openSource(
  type: string,
  config: unknown,
  side: Side,
  deps: SourceDeps,
): Promise<OpenSource> {
  const { clock, settings } = deps;
  switch (type) {
    case 'Active Users':
      return opsdeckSource(clock, activeUsers);
    case 'Subscription': {
      const { subscription_id: wanted } = read(sourceConfigs.Subscription, config, type);
      return opsdeckSource(clock, (trx) => subscription(trx, wanted));
    }
    case 'Business Service': {
      const { service_id: wanted } = read(sourceConfigs['Business Service'], config, type);
      return opsdeckSource(clock, (trx) => businessService(trx, wanted));
    }
    case 'Database Query':
      return databaseQuery({ ...deps, query: read(sourceConfigs['Database Query'], config, type).query });
    case 'JSON':
      return storedJson(clock, deps.comparisonId, side);
    case pluginSourceType:
      throw new InconclusiveSource(`${needsPlugin}.`);
    case 'CSV': {
      const { path, ...format } = read(sourceConfigs.CSV, config, type);
      return csvSource(await openBelow(settings.sources_dir ?? undefined, path), format, clock);
    }
    case 'API': {
      // Only here: every command loads the jobs, and few of them use the network.
      const { openApi } = await import('./api/api-source.ts');
      return openApi(read(sourceConfigs.API, config, type), deps);
    }
    default:
      throw new InconclusiveSource(`There is no source type '${type}'.`);
  }
}
