import { Command, Option } from 'commander';
import type { MessagesCancelOptions } from '../actions/messages-cancel.ts';
import type { MessagesDestinationsOptions } from '../actions/messages-destinations.ts';
import type { MessagesListOptions } from '../actions/messages-list.ts';
import type { MessagesReleaseOptions } from '../actions/messages-release.ts';
import type { MessagesRenderOptions } from '../actions/messages-render.ts';
import type { MessagesRetryOptions } from '../actions/messages-retry.ts';
import type { MessagesHoldAllOptions, MessagesResumeOptions } from '../actions/messages-sending.ts';
import type { MessagesShowOptions } from '../actions/messages-show.ts';
import type { MessagesSwitchOnOptions } from '../actions/messages-switch-on.ts';
import type { MessagesTestOptions } from '../actions/messages-test.ts';
import { type DeclareCommand, examples } from './command-context.ts';

const byWhom = [
  '--as <who>',
  'who decides this, for the record; default: the user of the operating system',
] as const;
const json = ['--json', 'print one JSON document'] as const;

export const messagesCommand: DeclareCommand = ({ run }) => {
  const list = new Command('list')
    .description('messages, newest first')
    .addOption(
      new Option('--state <state>', 'only in this state').choices([
        'queued',
        'sending',
        'held',
        'unknown',
        'failed',
        'sent',
        'cancelled',
      ]),
    )
    .addOption(
      new Option('--channel <channel>', 'only of this channel').choices([
        'email',
        'slack',
        'webhook',
        'discord',
      ]),
    )
    .option('--limit <n>', 'at most so many', '50')
    .option(...json)
    .addHelpText('after', examples('messages list --state held', 'messages list --state failed --limit 10'))
    .action((options: MessagesListOptions) =>
      run(async (io, globals) => {
        const { messagesList } = await import('../actions/messages-list.ts');
        return messagesList(io, globals, options);
      }),
    );
  const show = new Command('show')
    .description('one message: where it is, what was tried, what was decided')
    .argument('<id>', 'its number, or the beginning of its id')
    .option(...json)
    .addHelpText('after', examples('messages show 4711'))
    .action((id: string, options: MessagesShowOptions) =>
      run(async (io, globals) => {
        const { messagesShow } = await import('../actions/messages-show.ts');
        return messagesShow(io, globals, id, options);
      }),
    );
  const render = new Command('render')
    .description('subject and body of a message as they would be sent now; nothing is sent')
    .argument('<id>', 'its number, or the beginning of its id')
    .option('--html', 'the body as HTML; default: as text')
    .option(...json)
    .addHelpText('after', examples('messages render 4711', 'messages render 4711 --html > message.html'))
    .action((id: string, options: MessagesRenderOptions) =>
      run(async (io, globals) => {
        const { messagesRender } = await import('../actions/messages-render.ts');
        return messagesRender(io, globals, id, options);
      }),
    );
  const retry = new Command('retry')
    .description(
      'send again what failed, is held, or may or may not have arrived (that may then arrive twice)',
    )
    .argument('<id...>', 'numbers, or beginnings of ids')
    .option(...byWhom)
    .addHelpText('after', examples('messages retry 4711 4712'))
    .action((ids: readonly string[], options: MessagesRetryOptions) =>
      run(async (io, globals) => {
        const { messagesRetry } = await import('../actions/messages-retry.ts');
        return messagesRetry(io, globals, ids, options);
      }),
    );
  const cancel = new Command('cancel')
    .description('never send what waits, is held, or may or may not have arrived')
    .argument('[id...]', 'numbers, or beginnings of ids')
    .option('--older-than <duration>', 'what waits or is held, and has been due for longer (3d)')
    .option(...byWhom)
    .addHelpText('after', examples('messages cancel 4711', 'messages cancel --older-than 3d'))
    .action((ids: readonly string[], options: MessagesCancelOptions) =>
      run(async (io, globals) => {
        const { messagesCancel } = await import('../actions/messages-cancel.ts');
        return messagesCancel(io, globals, ids, options);
      }),
    );
  const release = new Command('release')
    .description('let go what is held because it is old')
    .argument('[id...]', 'numbers, or beginnings of ids')
    .option('--older-than <duration>', 'what has been due for longer (3d; 0s: all)')
    .option('--to-opsdeck', "hand what OpsDeck queued back to OpsDeck's own dispatcher")
    .option(...byWhom)
    .addHelpText('after', examples('messages release --older-than 3d', 'messages release 4711 --to-opsdeck'))
    .action((ids: readonly string[], options: MessagesReleaseOptions) =>
      run(async (io, globals) => {
        const { messagesRelease } = await import('../actions/messages-release.ts');
        return messagesRelease(io, globals, ids, options);
      }),
    );
  const holdAll = new Command('hold-all')
    .description('stop all sending, on every host, until `messages resume`')
    .option('--reason <text>', 'why, for the record')
    .option(...byWhom)
    .addHelpText('after', examples('messages hold-all --reason "wrong recipients"'))
    .action((options: MessagesHoldAllOptions) =>
      run(async (io, globals) => {
        const { messagesHoldAll } = await import('../actions/messages-sending.ts');
        return messagesHoldAll(io, globals, options);
      }),
    );
  const resume = new Command('resume')
    .description('let every host send again')
    .option(...byWhom)
    .addHelpText('after', examples('messages resume'))
    .action((options: MessagesResumeOptions) =>
      run(async (io, globals) => {
        const { messagesResume } = await import('../actions/messages-sending.ts');
        return messagesResume(io, globals, options);
      }),
    );
  const test = new Command('test')
    .description('send one mail now, and say what the mail server answered')
    .requiredOption('--to <address>', 'who gets it')
    .option(...json)
    .addHelpText('after', examples('messages test --to ana@example.org'))
    .action((options: MessagesTestOptions) =>
      run(async (io, globals) => {
        const { messagesTest } = await import('../actions/messages-test.ts');
        return messagesTest(io, globals, options);
      }),
    );
  const destinations = new Command('destinations')
    .description('destinations that fail: paused, or switched off')
    .option(...json)
    .addHelpText('after', examples('messages destinations'))
    .action((options: MessagesDestinationsOptions) =>
      run(async (io, globals) => {
        const { messagesDestinations } = await import('../actions/messages-destinations.ts');
        return messagesDestinations(io, globals, options);
      }),
    );
  const switchOn = new Command('switch-on')
    .description('try a destination again that is paused or switched off')
    .argument('<key...>', 'its key, as `messages destinations` shows it')
    .option(...byWhom)
    .addHelpText('after', examples('messages switch-on webhook 5f0c2c9e0b6f4a11'))
    .action((key: readonly string[], options: MessagesSwitchOnOptions) =>
      run(async (io, globals) => {
        const { messagesSwitchOn } = await import('../actions/messages-switch-on.ts');
        return messagesSwitchOn(io, globals, key.join(' '), options);
      }),
    );
  return new Command('messages')
    .description('the queue of messages')
    .addCommand(list)
    .addCommand(show)
    .addCommand(render)
    .addCommand(retry)
    .addCommand(cancel)
    .addCommand(release)
    .addCommand(holdAll)
    .addCommand(resume)
    .addCommand(test)
    .addCommand(destinations)
    .addCommand(switchOn)
    .addHelpText('after', examples('messages list --state held'));
};
