import { Command, Option } from 'commander';
import type { ReportDriftOptions } from '../actions/report-drift.ts';
import { type DeclareCommand, examples } from './command-context.ts';

export const reportCommand: DeclareCommand = ({ run }) => {
  const drift = new Command('drift')
    .description('regressions, improvements and the trend of the compliance snapshots')
    .option('--days <n>', 'how far to look back, 1 to 3650', '30')
    .addOption(
      new Option('--format <format>', 'how to print it')
        .choices(['text', 'json', 'csv', 'md'])
        .default('text'),
    )
    .option('--json', 'the same as --format json')
    .option('--output <file>', 'write it to a file; - is stdout', '-')
    .option('--framework <id>', 'only this framework')
    .addHelpText(
      'after',
      examples('report drift --days 90', 'report drift --days 7 --format md --output drift.md'),
    )
    .action((options: ReportDriftOptions) =>
      run(async (io, globals) => {
        const { reportDrift } = await import('../actions/report-drift.ts');
        return reportDrift(io, globals, options);
      }),
    );
  return new Command('report')
    .description('what the jobs found')
    .addCommand(drift)
    .addHelpText('after', examples('report drift --days 30'));
};
