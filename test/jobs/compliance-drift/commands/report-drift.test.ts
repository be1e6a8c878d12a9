import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ReportDriftOptions,
  reportDrift,
} from '../../../../jobs/compliance-drift/commands/report-drift.action.ts';
import type { OpenDatabase } from '../../../../src/db/database.ts';
import { onEachDatabase, onPostgres } from '../../../support/databases.ts';
import { memoryIo } from '../../../support/memory-io.ts';
import { ioOn, recordSnapshot } from './drift-history.ts';

const defaults: ReportDriftOptions = { days: '30', format: 'text', output: '-' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-report-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function recordHistory(database: OpenDatabase): Promise<void> {
  await recordSnapshot(database, { daysAgo: 100 });
  await recordSnapshot(database, {
    daysAgo: 8,
    events: [
      { controlId: 'C-1', class: 'regression', severity: 'critical' },
      { controlId: 'I-1', class: 'improvement', severity: null },
    ],
  });
  await recordSnapshot(database, {
    daysAgo: 1,
    frameworkId: 2,
    events: [{ controlId: 'L-1', class: 'coverage_lost', severity: 'medium' }],
  });
}

onEachDatabase((harness) => {
  describe('report drift', () => {
    it('prints the report on stdout and the database on stderr', async () => {
      const database = await harness.fresh();
      await recordHistory(database);
      const { io, stdout, stderr } = await ioOn(harness, database);
      expect(await reportDrift(io, {}, defaults)).toBe(0);
      expect(stdout()).toContain('Compliance drift, last 30 days');
      expect(stdout()).toContain('(Europe/Madrid)');
      expect(stdout()).toMatch(/critical regressions\s+1\s+1\n/);
      expect(stdout()).toMatch(/net change\s+-1\s+-\n/);
      expect(stdout()).toMatch(/██████████▒▒▒▒▒░░░░░\s+50 %/);
      expect(stderr()).toContain(`Using ${database.label}`);
    });

    it('prints exactly one JSON document, with the database in it', async () => {
      const database = await harness.fresh();
      await recordHistory(database);
      const { io, stdout, stderr } = await ioOn(harness, database);
      expect(await reportDrift(io, {}, { ...defaults, json: true })).toBe(0);
      const document: unknown = JSON.parse(stdout());
      expect(document).toMatchObject({
        schema: 1,
        report: 'drift',
        database: database.label,
        regressions: { critical: 1, high: 0, medium: 1 },
        improvements: 1,
        net_change: -1,
        snapshots: [{ improvements: 1 }, { regressions: { medium: 1 } }],
        changes: [{ control_id: 'C-1' }, { control_id: 'I-1' }, { control_id: 'L-1' }],
      });
      expect(stderr()).toBe('');
    });

    it('looks back as far as asked, and at one framework if asked', async () => {
      const database = await harness.fresh();
      await recordHistory(database);
      const { io, stdout } = await ioOn(harness, database);
      await reportDrift(io, {}, { ...defaults, format: 'json', days: '3650', framework: 'framework 1' });
      expect(JSON.parse(stdout())).toMatchObject({
        framework: { id: 1, name: 'Framework 1' },
        snapshots: [{}, { regressions: { critical: 1 } }],
        changes: [{ control_id: 'C-1' }, { control_id: 'I-1' }],
      });
    });
  });
});

// What follows is about arguments, files and words; the database is asked in the same way.
onPostgres((harness) => {
  describe('report drift', () => {
    it('writes CSV to a file as a whole, in which no cell is a formula', async () => {
      const database = await harness.fresh();
      await recordHistory(database);
      const { io, stdout } = await ioOn(harness, database, { cwd: folder });
      await reportDrift(io, {}, { ...defaults, format: 'csv', output: 'drift.csv' });
      const text = await readFile(join(folder, 'drift.csv'), 'utf8');
      const [header, ...rows] = text.trimEnd().split('\r\n');
      expect(header).toMatch(/^snapshot_id,detected_at,framework_id,framework,control_id,/);
      expect(rows).toHaveLength(3);
      expect(text).toContain("'=cmd()|<b>");
      expect(stdout()).toBe('');
      expect(await readdir(folder)).toEqual(['drift.csv']);
    });

    it('writes Markdown and JSON to a file, too', async () => {
      const database = await harness.fresh();
      await recordHistory(database);
      const { io, stdout } = await ioOn(harness, database, { cwd: folder });
      await reportDrift(io, {}, { ...defaults, format: 'md', output: 'drift.md' });
      await reportDrift(io, {}, { ...defaults, format: 'json', output: 'drift.json' });
      const markdown = await readFile(join(folder, 'drift.md'), 'utf8');
      expect(markdown).toContain('## Regressions');
      expect(markdown).toContain('=cmd()\\|\\<b\\>');
      expect(JSON.parse(await readFile(join(folder, 'drift.json'), 'utf8'))).toMatchObject({ schema: 1 });
      expect(stdout()).toBe('');
    });

    it('reports that there is no snapshot in this time, and when the last one was', async () => {
      const database = await harness.fresh();
      await recordSnapshot(database, { daysAgo: 100 });
      const { io, stdout } = await ioOn(harness, database);
      expect(await reportDrift(io, {}, { ...defaults, days: '7' })).toBe(0);
      expect(stdout()).toMatch(
        /There is no snapshot in this time; the last one was taken on \d{4}-\d\d-\d\d/,
      );
    });

    it('shows how to take the first snapshot', async () => {
      const database = await harness.fresh();
      const { io, stdout } = await ioOn(harness, database);
      expect(await reportDrift(io, {}, defaults)).toBe(0);
      expect(stdout()).toContain("'opsdeck-jobs run-job compliance-drift' takes one");
    });

    it('refuses a framework that no snapshot has recorded and names those that one has', async () => {
      const database = await harness.fresh();
      await recordHistory(database);
      const { io, stdout } = await ioOn(harness, database);
      await expect(reportDrift(io, {}, { ...defaults, framework: '9' })).rejects.toMatchObject({
        code: 'unknown_framework',
        exitCode: 2,
        message: 'There is no framework 9.',
        next: 'The frameworks that snapshots have recorded are: 1 (Framework 1), 2 (Framework 2).',
      });
      expect(stdout()).toBe('');
    });

    it('refuses to write into a directory', async () => {
      const database = await harness.fresh();
      const { io } = await ioOn(harness, database, { cwd: folder });
      await expect(reportDrift(io, {}, { ...defaults, output: '.' })).rejects.toMatchObject({
        code: 'output_not_writable',
        exitCode: 2,
      });
    });
  });
});

describe('report drift with wrong options ends before anything is opened', () => {
  it.each([
    ['no number', { days: 'a week' }],
    ['nothing', { days: '' }],
    ['zero', { days: '0' }],
    ['a negative number', { days: '-1' }],
    ['a fraction', { days: '1.5' }],
    ['more than ten years', { days: '3651' }],
    ['two formats', { json: true, format: 'csv' }],
  ] as const)('%s', async (_, wrong) => {
    const { io } = memoryIo();
    await expect(reportDrift(io, {}, { ...defaults, ...wrong })).rejects.toMatchObject({
      code: 'usage',
      exitCode: 2,
    });
  });
});
