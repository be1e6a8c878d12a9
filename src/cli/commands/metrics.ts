import { Command } from 'commander';
import type { MetricsOptions } from '../actions/metrics.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const metricsCommand: DeclareCommand = ({ run }) =>
  new Command('metrics')
    .description('runs, schedules, outbox and findings in the text format of Prometheus')
    .option(
      '--textfile <file>',
      "write them to a file instead, whole or not at all, for node_exporter's textfile collector",
    )
    .addHelpText(
      'after',
      examples('metrics', 'metrics --textfile /var/lib/node_exporter/textfile_collector/opsdeck-jobs.prom'),
    )
    .action((options: MetricsOptions) =>
      run(async (io, globals) => {
        const { metrics } = await import('../actions/metrics.ts');
        return metrics(io, globals, options);
      }),
    );
