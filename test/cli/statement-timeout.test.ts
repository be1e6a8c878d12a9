import { expect, it } from 'vitest';
import { onEmbedded } from '../support/databases.ts';
import { workingFolder } from '../support/job-files.ts';
import { terminalOn } from '../support/served-database.ts';

onEmbedded((harness) => {
  it('a statement that takes longer than --timeout is ended, named, and can be run again', async () => {
    const config = await harness.config('empty');
    const { run } = terminalOn(config, workingFolder({}));
    expect(await run(['migrate', '--timeout', '1ms'])).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(/\[statement_too_long\]\nNext: Give a longer --timeout/),
    });
    expect(await run(['migrate', '--timeout', '0s'])).toMatchObject({ code: 2 });
    expect(await run(['migrate', '--timeout', 'soon'])).toMatchObject({ code: 2 });
    expect(await run(['migrate'])).toMatchObject({ code: 0 });
    expect(await run(['backup', 'one.backup', '--timeout', '1h'])).toMatchObject({ code: 0 });
  });
});
