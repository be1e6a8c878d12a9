import { expect, it } from 'vitest';
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
