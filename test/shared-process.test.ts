import { describe, expect, it } from 'vitest';
import { filesOfSharedProcess, mayShareProcess } from './support/shared-process.ts';

const cases: { readonly [text: string]: boolean } = {
  "import { count } from '../../src/text/count.ts';": true,
  "if (process.platform === 'win32') return;": true,
  "import { describe, expect, it, vi } from 'vitest';": false,
  "process.env['TZ'] = 'UTC';": false,
  'globalThis.fetch = fetch;': false,
  "import { spawn } from 'node:child_process';": false,
  "import pg from 'pg';": false,
  "const { load } = await import('../../src/config/load.ts');": false,
  "import { inject } from 'vitest';": false,
  "import { onEachDatabase } from '../support/databases.ts';": false,
};

describe('files of tests that share a process', () => {
  it.each(Object.entries(cases))('%s: %s', (text, shares) => {
    const files = new Map([
      ['test/a/one.test.ts', text],
      ['test/support/databases.ts', "import { rows } from './rows.ts';"],
      ['test/support/rows.ts', "import { inject } from 'vitest';"],
    ]);

    expect(mayShareProcess('test/a/one.test.ts', (file) => files.get(file))).toBe(shares);
  });

  it('are those without a database, and no file that starts one', () => {
    const files = filesOfSharedProcess();

    expect(files).toEqual(
      expect.arrayContaining(['test/text/count.test.ts', 'test/schedule/schedule.test.ts']),
    );
    expect(files).not.toContain('test/db/tables.test.ts');
    expect(files.filter((file) => /^test\/(?:e2e|fault)\//.test(file))).toEqual([]);
  });
});
