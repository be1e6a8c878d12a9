import { expect, it } from 'vitest';
import { z } from 'zod';
import { webhookPayloadSchema } from '../../src/notify/channels/webhook/payload.ts';
import { commandsPage } from './manual/commands-page.ts';
import { configurationPage } from './manual/configuration-page.ts';
import { grantsFile } from './manual/grants-file.ts';

/* `npm run docs` writes the pages: it runs this file and lets it update what it compares with. */

it('has the commands of this version in docs/commands.md', async () => {
  await expect(await commandsPage()).toMatchFileSnapshot('../../docs/commands.md');
});

it('has the configuration of this version in docs/configuration.md', async () => {
  await expect(configurationPage()).toMatchFileSnapshot('../../docs/configuration.md');
});

it('has the rights that the jobs need in docs/grants.sql', async () => {
  await expect(grantsFile()).toMatchFileSnapshot('../../docs/grants.sql');
});

it('names each table once in what a job needs, however many of its parts read it', () => {
  const tables = grantsFile()
    .split('\n\n')
    .map((block) =>
      [...block.matchAll(/^ *grant [^;]*?\bon (?!sequence|schema|all|database)([^;]+?) to /gm)].flatMap(
        ([, list = '']) => list.split(/,\s+/),
      ),
    );
  expect(tables.flat().length).toBeGreaterThan(100);
  for (const ofBlock of tables) expect(ofBlock).toEqual([...new Set(ofBlock)]);
});

it('has the JSON Schema of the webhook payload in docs/webhook-payload.schema.json', async () => {
  // A receiver must take fields that a later version adds.
  const schema = z.toJSONSchema(webhookPayloadSchema, { io: 'input' });
  const text = JSON.stringify({ ...schema, title: 'Webhook payload of opsdeck-jobs' }, null, 2);
  await expect(`${text}\n`).toMatchFileSnapshot('../../docs/webhook-payload.schema.json');
});
