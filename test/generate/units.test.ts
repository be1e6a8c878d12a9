import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { generateCrontab } from '../../src/cli/actions/generate-crontab.ts';
import { generateSystemd } from '../../src/cli/actions/generate-systemd.ts';
import { onEachDatabase } from '../support/databases.ts';
import { memoryIo } from '../support/memory-io.ts';

const program = ['/usr/bin/node', '/opt/ops deck/opsdeck-jobs.js'];

it('the unit of a daemon has absolute paths, variables and files of secrets, and no secret', async () => {
  const memory = memoryIo({
    program,
    env: { DATABASE_URL: 'postgresql://runner:quite-a-secret@db.example/opsdeck', TIMEZONE: 'Europe/Berlin' },
  });
  expect(await generateSystemd(memory.io, {}, { daemon: true })).toBe(0);
  const text = memory.stdout();
  expect(text).not.toContain('quite-a-secret');
  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      'ExecStart=/usr/bin/node "/opt/ops deck/opsdeck-jobs.js" daemon',
      'Environment=TIMEZONE=Europe/Berlin',
      'LoadCredential=DATABASE_URL:/etc/opsdeck-jobs/DATABASE_URL',
      'Environment=DATABASE_URL_FILE=%d/DATABASE_URL',
      'ExecReload=/bin/kill -HUP $MAINPID',
      'StateDirectory=opsdeck-jobs',
      'NoNewPrivileges=yes',
      'TimeoutStopSec=60',
    ]),
  );
});

onEachDatabase((harness) => {
  it('writes a service and a timer for each job, and prints a crontab, without the password of the database', async () => {
    const config = await harness.config();
    const env =
      config.kind === 'postgres' ? { DATABASE_URL: config.url } : { OPSDECK_JOBS_DATA_DIR: config.dataDir };
    const dir = mkdtempSync(join(tmpdir(), 'opsdeck-units-'));
    try {
      const units = memoryIo({ env, program });
      expect(await generateSystemd(units.io, {}, { user: true, dir })).toBe(0);
      const files = readdirSync(dir).sort();
      expect(units.stdout().trim().split('\n').sort()).toEqual(files.map((name) => join(dir, name)));
      expect(files).toEqual(
        expect.arrayContaining(['opsdeck-jobs-communications.service', 'opsdeck-jobs-communications.timer']),
      );
      const ofJob = (name: string) => readFileSync(join(dir, `opsdeck-jobs-${name}.service`), 'utf8');
      // A oneshot service may have no RestartForceExitStatus; one that waits for its restart misses its timer.
      expect(ofJob('exchange-rates')).toContain('\nRestartPreventExitStatus=1 2 5 130 143\n');
      expect(ofJob('communications')).not.toContain('Restart');
    } finally {
      rmSync(dir, { recursive: true });
    }
    const table = memoryIo({ env, program });
    expect(await generateCrontab(table.io, {}, { hostZone: 'UTC' })).toBe(0);
    expect(table.stdout()).toMatch(
      /\n\*\/5 \* \* \* \* \/usr\/bin\/node '\/opt\/ops deck\/opsdeck-jobs.js' run-job communications --scheduled\n/,
    );
    if (config.kind === 'postgres') expect(table.stdout()).not.toContain(config.url);
  });
});

it('refuses a zone that there is not', async () => {
  await expect(generateCrontab(memoryIo().io, {}, { hostZone: 'Mars/Base' })).rejects.toMatchObject({
    code: 'usage',
  });
});
