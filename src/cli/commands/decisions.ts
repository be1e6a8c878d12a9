import { Command } from '@commander-js/extra-typings';
import { examples } from './command-context.ts';
import { after, limit, listFormat, since } from './options.ts';

const [format, json] = listFormat;

export const decisionsList = () =>
  new Command('list')
    .description('List decisions, newest first: who, when, what and why')
    .addOption(since)
    .option('--by <who>', 'only of this person, as `decisions list` shows them')
    .option('--kind <kind>', 'only about this kind of thing: job, message, uar_finding, rate, …')
    .addOption(limit)
    .addOption(after)
    .addOption(format)
    .addOption(json)
    .addHelpText(
      'after',
      examples('decisions list --since 7d', 'decisions list --kind job --by ana@example.org'),
    );
