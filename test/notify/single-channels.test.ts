import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, expectTypeOf, it } from 'vitest';
import type { channelDefinitions } from '../../src/notify/channels/index.ts';
import type { Channel, SharedRecipientKind } from '../../src/notify/channels/names.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Files outside the channels' own folder that name a single one, and why they must. */
const allowed: Readonly<Record<string, string>> = {
  'jobs/communications/failed-channels.ts': 'mails that wait because e-mail is not configured',
  'jobs/communications/job.ts': 'mails that wait because e-mail is not configured',
  'jobs/communications/result.ts': 'mails that wait because e-mail is not configured',
  'jobs/compliance-breaches/alert.ts': 'what a new event is sent by, until OpsDeck says otherwise',
  'jobs/compliance-drift/forecast/event.ts': 'what a new event is sent by, until OpsDeck says otherwise',
  'jobs/expiry/events.ts': 'what a new event is sent by, until OpsDeck says otherwise',
  'jobs/expiry/owner-list.ts': 'administrators get a mail',
  'jobs/expiry/plan.ts': 'whoever cannot be reached otherwise gets a mail',
  'jobs/uar/alert/alert-recipients.ts': 'the words of OpsDeck for recipients',
  'jobs/uar/alert/announce-overdue.ts': 'the owner of a finding gets a mail',
  'jobs/uar/alert/ending-alert.ts': 'what a new event is sent by, until OpsDeck says otherwise',
  'jobs/uar/alert/overdue-alert.ts': 'what a new event is sent by, until OpsDeck says otherwise',
  'jobs/uar/alert/send-alert.ts': 'what a new event is sent by, until OpsDeck says otherwise',
  'jobs/uar/commands/uar-import.ts': 'an example that notifies somebody',
  'jobs/uar/examples/slack.ts': 'Slack as a system whose accounts are reviewed',
  'jobs/uar/examples/systems.ts': 'Slack as a system whose accounts are reviewed',
  'src/cli/runs/deliver-run.ts': 'mails that wait because e-mail is not configured',
  'src/db/tables/opsdeck.ts': 'columns of OpsDeck',
  'src/decisions/decision-message.ts': 'what a new event is sent by, until OpsDeck says otherwise',
  'src/notify/channel-choice.ts': "OpsDeck's rule: e-mail where nothing is chosen",
  'src/notify/create-notifier.ts': 'a person is reached by e-mail',
  'src/notify/delivery/outcome.ts': 'a stable code',
  'src/notify/destination-name.ts': 'the stored name of a destination without a place',
  'src/notify/outbox/adopt.ts': 'the stored name of a destination without a place',
  'src/notify/outbox/waiting.ts': 'people and shared places are counted apart',
  'src/notify/for-administrators.ts': 'what a new event is sent by, until OpsDeck says otherwise',
  'src/record/head-message.ts': 'what a new event is sent by, until OpsDeck says otherwise',
  'src/record/status.ts': 'only a mail leaves a head with a person',
};

/** Names of channels in code; a comment may name any, `email` is also a column, and `slack` the room in a buffer. */
const names =
  /['"`]slack|slack_|Slack|[Dd]iscord|Teams|['"`]teams['"`]|teams_|['"`:]webhook['"`]|webhook_url|channels?\b.*'email'|due\['email'\]|add\('email'\)/;

/** OpsDeck's column for the places inside any channel. */
const placeColumn = /slack_target_channel|slackTargetChannel/g;

function namesOne(source: string): boolean {
  const code = source.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
  return code.split('\n').some((line) => names.test(line.replace(placeColumn, '')));
}

async function filesThatNameOne(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const floor of ['bin', 'jobs', 'src']) {
    for (const name of await readdir(join(root, floor), { recursive: true })) {
      const path = join(floor, name);
      if (!path.endsWith('.ts') || path.startsWith('src/notify/channels/')) continue;
      if (namesOne(await readFile(join(root, path), 'utf8'))) found.push(path);
    }
  }
  return found.sort();
}

it('only files that must name a single channel', async () => {
  expect(await filesThatNameOne()).toEqual(Object.keys(allowed).sort());
});

it.each([
  ["if (channel === 'slack') post();", true],
  ["where m.channel in ('email', 'webhook')", true],
  ['const { discordUrl } = content;', true],
  ['z.strictObject({ slack_webhook_url: url })', true],
  ["requires: { user: ['id', 'email'] }", false],
  ['// Slack counts in UTF-16 units.', false],
  ['/* Discord\n takes fewer. */ const limit = 1;', false],
  ['select c.slack_target_channel from c', false],
])('the check sees names in code, and not in comments or columns: %s', (source, found) => {
  expect(namesOne(source)).toBe(found);
});

type Definition = (typeof channelDefinitions)[number];
type Named =
  | Extract<Definition, { readonly place: unknown }>['place']
  | Extract<Definition, { readonly named: unknown }>['named'];

it('the lists of names are those of the channels', () => {
  expectTypeOf<Channel>().toEqualTypeOf<Definition['name']>();
  expectTypeOf<SharedRecipientKind>().toEqualTypeOf<Named['recipient']>();
});
