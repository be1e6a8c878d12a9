import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { actor, after, json, listFormat, reason, showFormat, since } from './options.ts';

const [format, asJson] = listFormat;
const [oneFormat] = showFormat;

const id = ['<id>', 'the id of a run, or its first four or more characters'] as const;

export const runsList = () =>
  new Command('list')
    .description('Show past runs, newest first')
    .argument('[job]', 'only this job')
    .addOption(since)
    .option('--limit <n>', 'at most so many runs', '20')
    .addOption(after)
    .addOption(format)
    .addOption(asJson)
    .addHelpText('after', examples('runs list compliance-drift --limit 10', 'runs list --since 2d'));

export const runsShow = () =>
  new Command('show')
    .description('Show one run with its result, error and log')
    .argument(...id)
    .addOption(oneFormat)
    .addOption(asJson)
    .addHelpText('after', examples('runs show 6f1c0c1e --json'));

export const runsCancel = () =>
  new Command('cancel')
    .description('End an active run, on whichever host')
    .argument(...id)
    .addOption(reason)
    .addOption(actor)
    .addHelpText('after', examples('runs cancel 6f1c0c1e --reason "blocks the import"'));

export const runsRetry = () =>
  new Command('retry')
    .description('Repeat a run that did not succeed, now and with its parameters')
    .argument(...id)
    .addOption(reason)
    .addOption(actor)
    .option('--ignore-pause', 'run although the job is paused')
    .option('--allow-empty', 'a run that found nothing to look at is no failure')
    .addOption(json)
    .addHelpText('after', examples('runs retry 6f1c0c1e --reason "the mail server is back"'));
