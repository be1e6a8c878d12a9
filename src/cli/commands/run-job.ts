import { Command, Option } from '@commander-js/extra-typings';
import { failOnLevels } from '../../job/fail-on-levels.ts';
import { collect, examples } from './command-context.ts';

export const declareRunJob = () =>
  new Command('run-job')
    .description('Run one job now')
    .argument('<name>', 'the job, as `list` shows it')
    .option('-p, --param <name=value>', 'a parameter of the job; may be given several times', collect)
    .option('--dry-run', 'show what would be done, write nothing')
    .option('--json', 'print the run as one JSON document')
    .option('--timeout <duration>', 'abort the run after this time (30s, 10m, 1h)')
    .option(
      '--wait <duration>',
      'wait this long for a run of the same job to end (not with --scheduled), and for an embedded database that another process holds',
    )
    .addOption(
      new Option(
        '--fail-on <level>',
        'exit 4 when this run found regressions of this level or worse',
      ).choices(failOnLevels),
    )
    .option('--fail-on-status <list>', 'exit 4 when anything is in one of these states now (comma-separated)')
    .option('--allow-baseline', 'with --fail-on: a first run, with nothing to compare with, is no failure')
    .option('--deliver', 'send at once what this run queued, instead of leaving it to communications')
    .option('--allow-empty', 'a run that found nothing to look at is no failure')
    .option('--ignore-pause', 'run although the job is paused')
    .option('--scheduled', 'for crontab and timers: run only at a due time of the schedule; implies --quiet')
    .option('-q, --quiet', 'print nothing unless there is something to act on')
    .addHelpText(
      'after',
      examples(
        'run-job compliance-drift',
        'run-job compliance-drift --param framework=3 --json',
        'run-job compliance-drift --deliver',
        'run-job compliance-drift --fail-on high --allow-baseline',
        'run-job compliance-drift --scheduled        # in crontab',
      ),
    );
