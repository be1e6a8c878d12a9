import { Command, Option } from '@commander-js/extra-typings';
import { channels } from '../../notify/channels/lookup.ts';
import { examples } from './command-context.ts';
import { actor, after, consentOptions, json, limit, listFormat, reason } from './options.ts';

const [format, asJson] = listFormat;

const [dryRun, yes] = consentOptions;

const states = ['queued', 'sending', 'held', 'unknown', 'failed', 'sent', 'cancelled'] as const;

/** What messages have in common, instead of their numbers. */
const matching = {
  older: new Option('--older-than <duration>', 'what has been due for longer (3d; 0s: all)'),
  since: new Option(
    '--since <when>',
    'what has been due since then: a date, an ISO 8601 time, or a duration back (2d)',
  ),
  state: new Option('--state <state>', 'what is in this state').choices([
    'queued',
    'held',
    'unknown',
    'failed',
  ] as const),
  code: new Option('--code <code>', 'what failed or waits with this code'),
  channel: new Option('--channel <channel>', 'what goes through this channel').choices(channels),
  dryRun,
  yes,
};

export const messagesList = () =>
  new Command('list')
    .description('List messages, newest first')
    .addOption(new Option('--state <state>', 'only in this state').choices(states))
    .addOption(new Option('--channel <channel>', 'only of this channel').choices(channels))
    .addOption(limit)
    .addOption(after)
    .addOption(format)
    .addOption(asJson)
    .addHelpText('after', examples('messages list --state held', 'messages list --state failed --limit 10'));

export const messagesShow = () =>
  new Command('show')
    .description('Show one message: its state, its attempts and decisions, or its text')
    .argument('<id>', 'its number, or the beginning of its id')
    .option('--rendered', 'subject and body as they would be sent now; nothing is sent')
    .addOption(new Option('--html', 'with --rendered: the body as HTML').implies({ rendered: true }))
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json'] as const))
    .addOption(json)
    .addHelpText(
      'after',
      examples(
        'messages show 4711',
        'messages show 4711 --rendered',
        'messages show 4711 --html > message.html',
      ),
    );

export const messagesRetry = () =>
  new Command('retry')
    .description(
      'Send again what failed, is on hold, or may or may not have arrived (that may then arrive twice)',
    )
    .argument('[id...]', 'numbers, or beginnings of ids')
    .addOption(matching.state)
    .addOption(matching.code)
    .addOption(matching.channel)
    .addOption(matching.since)
    .addOption(matching.older)
    .addOption(matching.dryRun)
    .addOption(matching.yes)
    .addOption(actor)
    .addHelpText(
      'after',
      examples(
        'messages retry 4711 4712',
        'messages retry --state failed --channel email --since 2d --dry-run',
      ),
    );

export const messagesCancel = () =>
  new Command('cancel')
    .description('Never send what waits, is on hold, or may or may not have arrived')
    .argument('[id...]', 'numbers, or beginnings of ids')
    .addOption(matching.state)
    .addOption(matching.code)
    .addOption(matching.channel)
    .addOption(matching.since)
    .addOption(matching.older)
    .addOption(matching.dryRun)
    .addOption(matching.yes)
    .addOption(actor)
    .addHelpText('after', examples('messages cancel 4711', 'messages cancel --older-than 3d'));

export const messagesRelease = () =>
  new Command('release')
    .description('Send what is on hold because it is old')
    .argument('[id...]', 'numbers, or beginnings of ids')
    .addOption(matching.state)
    .addOption(matching.code)
    .addOption(matching.channel)
    .addOption(matching.since)
    .addOption(matching.older)
    .addOption(matching.dryRun)
    .addOption(matching.yes)
    .option('--to-opsdeck', "hand what OpsDeck queued back to OpsDeck's own dispatcher")
    .addOption(actor)
    .addHelpText('after', examples('messages release --older-than 3d', 'messages release 4711 --to-opsdeck'));

export const messagesHoldAll = () =>
  new Command('hold-all')
    .description('Stop all sending, on every host, until `messages resume`')
    .addOption(reason)
    .addOption(actor)
    .addHelpText('after', examples('messages hold-all --reason "wrong recipients"'));

export const messagesResume = () =>
  new Command('resume')
    .description('Let every host send again')
    .addOption(actor)
    .addHelpText('after', examples('messages resume'));

export const messagesTest = () =>
  new Command('test')
    .description('Send one mail now, and show the answer of the mail server')
    .requiredOption('--to <address>', 'who gets it')
    .addOption(json)
    .addHelpText('after', examples('messages test --to ana@example.org'));
