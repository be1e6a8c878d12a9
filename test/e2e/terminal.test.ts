import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { onPostgres } from '../support/databases.ts';
import { worsen } from '../support/many-controls.ts';
import { programFile } from '../support/program.ts';
import { environmentFor, fillCompany, visit } from '../support/program-database.ts';

const run = promisify(execFile);
const script = '/usr/bin/script';
const missing = process.platform === 'linux' && existsSync(script) ? undefined : 'script(1) of util-linux';

describe.skipIf(missing !== undefined)(`on a terminal, which needs ${missing ?? 'script(1)'}`, () => {
  onPostgres((harness) => {
    it('a run shows progress, then the table, and leaves the cursor visible', async () => {
      const config = await harness.config();
      await fillCompany(config, 200);
      const terminal = async (): Promise<string> => {
        const command = `stty columns 100; '${process.execPath}' '${programFile}' run-job compliance-drift`;
        const { stdout } = await run(script, ['-qec', command, '/dev/null'], {
          cwd: tmpdir(),
          env: { PATH: process.env['PATH'], TERM: 'xterm', HOME: tmpdir(), ...environmentFor(config) },
        });
        return stdout;
      };
      expect(await terminal()).toContain('this one is the baseline');
      await visit(config, (_database, runSql) => worsen(runSql, 1));

      const shown = await terminal();
      expect(shown).toMatch(/\d+%/);
      expect(shown).toMatch(/C-1\b.*critical/);
      expect(shown).not.toContain('Unexpected');
      expect(shown.lastIndexOf('\u001b[?25h')).toBeGreaterThan(shown.lastIndexOf('\u001b[?25l'));
    });
  });
});
