import { z } from 'zod';
import { asClause } from '../../../src/errors/issue-words.ts';
import { queryRefusal } from '../../../src/sources/query/query-guard.ts';
import { keyWords } from '../known-keys.ts';
import { apiConfig } from './api/config.ts';
import { csvConfig } from './csv/csv-source.ts';
import { queryConfig, serviceConfig, subscriptionConfig } from './sql/configs.ts';

/** What each source type wants to know; OpsDeck's own may hold more than that. */
export const sourceConfigs = {
  'Active Users': z.unknown(),
  Subscription: subscriptionConfig,
  'Business Service': serviceConfig,
  'Database Query': queryConfig.refine(({ query }) => queryRefusal(query.trim()) === undefined, {
    path: ['query'],
    error: (issue) => {
      const read = queryConfig.safeParse(issue.input);
      return read.success ? (queryRefusal(read.data.query.trim()) ?? '') : '';
    },
  }),
  JSON: z.object({ json_data: z.array(z.record(z.string(), z.unknown())) }),
  CSV: csvConfig,
  API: apiConfig,
} as const;
export type SourceType = keyof typeof sourceConfigs;

export function isSourceType(type: string): type is SourceType {
  return Object.hasOwn(sourceConfigs, type);
}

/** Source types that OpsDeck does not know: comparisons with one keep its `next_run_at` NULL. */
export const ownSourceTypes = ['CSV', 'API'] as const satisfies readonly SourceType[];

export const pluginSourceType = 'Enterprise Report';
export const needsPlugin =
  'Enterprise reports need the Enterprise plug-in of OpsDeck, which is not part of this program: choose another source';

/** Something wrong with a configuration. */
export interface ConfigProblem {
  readonly path: readonly PropertyKey[];
  /** A clause after the name: `is missing`. */
  readonly message: string;
}

/** What is wrong with the configuration of a source; none: nothing. */
export function sourceProblems(type: SourceType, config: unknown): readonly ConfigProblem[] {
  const checked = sourceConfigs[type].safeParse(config ?? {}, { error: keyWords });
  return (checked.error?.issues ?? []).map(({ path, message }) => ({ path, message: asClause(message) }));
}
