import { Command, Option } from 'commander';
import type { ReportDriftOptions } from '../../../jobs/compliance-drift/commands/report-drift.action.ts';
import type { ReportRetentionOptions } from '../../../jobs/data-retention/commands/report-retention.action.ts';
import type { ReportExpiryOptions } from '../../../jobs/expiry/commands/report-expiry.action.ts';
import type { ReportUarOptions } from '../../../jobs/uar/commands/report-uar.action.ts';
import { type DeclareCommand, examples } from './command-context.ts';

/** The options that every report takes. */
function printed(command: Command, formats: readonly string[], about = 'how to print it'): Command {
  return command
    .addOption(new Option('--format <format>', about).choices(formats).default('text'))
    .option('--json', 'the same as --format json')
    .option('--output <file>', 'write it to a file; - is stdout', '-');
}

export const reportCommand: DeclareCommand = ({ run }) => {
  const drift = printed(
    new Command('drift')
      .description('regressions, improvements and the trend of the compliance snapshots')
      .option('--days <n>', 'how far to look back, 1 to 3650', '30'),
    ['text', 'json', 'csv', 'md'],
  )
    .option('--framework <id>', 'only this framework')
    .addHelpText(
      'after',
      examples('report drift --days 90', 'report drift --days 7 --format md --output drift.md'),
    )
    .action((options: ReportDriftOptions) =>
      run(async (io, globals) => {
        const { reportDrift } = await import(
          '../../../jobs/compliance-drift/commands/report-drift.action.ts'
        );
        return reportDrift(io, globals, options);
      }),
    );
  const expiry = printed(
    new Command('expiry')
      .description('what renews or expires, by date, with owner and cost')
      .option('--days <n>', 'how far to look ahead, 1 to 3650', '90')
      .option('--expired', 'what has expired instead'),
    ['text', 'json', 'csv', 'md', 'ics'],
    'how to print it; ics is a calendar file',
  )
    .addHelpText(
      'after',
      examples(
        'report expiry --days 90',
        'report expiry --expired',
        'report expiry --format ics --output ends.ics',
      ),
    )
    .action((options: ReportExpiryOptions) =>
      run(async (io, globals) => {
        const { reportExpiry } = await import('../../../jobs/expiry/commands/report-expiry.action.ts');
        return reportExpiry(io, globals, options);
      }),
    );
  const uar = printed(
    new Command('uar')
      .description('an access review as it was: population, findings, decisions, exceptions, sign-off')
      .requiredOption('--execution <number>', 'which one; `uar list` shows the last of each comparison'),
    ['text', 'json', 'csv', 'md'],
  )
    .addHelpText('after', examples('report uar --execution 41 --format md --output review.md'))
    .action((options: ReportUarOptions) =>
      run(async (io, globals) => {
        const { reportUar } = await import('../../../jobs/uar/commands/report-uar.action.ts');
        return reportUar(io, globals, options);
      }),
    );
  const retention = new Command('retention')
    .description('what was archived and deleted, by which policy, and where the archives are')
    .option('--days <n>', 'how far to look back, 1 to 3650', '30')
    .addOption(
      new Option('--format <format>', 'how to print it').choices(['text', 'json', 'md']).default('text'),
    )
    .option('--json', 'the same as --format json')
    .option('--output <file>', 'write it to a file; - is stdout', '-')
    .addHelpText('after', examples('report retention --days 365 --format md --output disposals.md'))
    .action((options: ReportRetentionOptions) =>
      run(async (io, globals) => {
        const { reportRetention } = await import(
          '../../../jobs/data-retention/commands/report-retention.action.ts'
        );
        return reportRetention(io, globals, options);
      }),
    );
  return new Command('report')
    .description('what the jobs found')
    .addCommand(drift)
    .addCommand(expiry)
    .addCommand(retention)
    .addCommand(uar)
    .addHelpText('after', examples('report drift --days 30', 'report expiry --days 90'));
};
