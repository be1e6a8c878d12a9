import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';

export const declareMetrics = () =>
  new Command('metrics')
    .description('Print runs, schedules, outbox and findings in the text format of Prometheus')
    .option(
      '--textfile <file>',
      "write them to a file instead, whole or not at all, for node_exporter's textfile collector",
    )
    .addHelpText(
      'after',
      examples('metrics', 'metrics --textfile /var/lib/node_exporter/textfile_collector/opsdeck-jobs.prom'),
    );
