import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { reportAuditFile } from '../../../jobs/audit-file/commands/report-audit-file.action.ts';
import { verifyAuditFile } from '../../../jobs/audit-file/commands/verify-audit-file.action.ts';
import type { Io } from '../../../src/cli/io.ts';
import { hasHidden } from '../../../src/html/visible-text.ts';
import { readNewestHead } from '../../../src/record/head.ts';
import { timestampOf, timestampRequest } from '../../../src/record/timestamp/protocol.ts';
import { type DatabaseHarness, onEachDatabase } from '../../support/databases.ts';
import { makeAuthority, openssl } from '../../support/time-authority.ts';
import { ioOn } from '../compliance-drift/commands/drift-history.ts';
import { newWorld, succeeded, type World } from '../compliance-drift/world.ts';
import { packed, rowsOf, unpacked, unpackedBytes } from './archive.ts';

const hostile = '<script>alert(1)</script>\u202e"\'&|`=1+1\n\u0007';
const period = { framework: 'ISO', from: '2026-01-01', to: '2026-03-10' };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-file-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Two controls, one with evidence that refers to files, one with a hostile name; what people decided; and a snapshot. */
async function filled(harness: DatabaseHarness): Promise<World> {
  const world = await newWorld(harness);
  const { db } = world.database;
  const framework = await world.framework('ISO');
  const second = await world.control(framework, 'A-10');
  const first = await world.control(framework, 'A-2');
  await world.control(framework, `A-11/../${hostile}`, false);
  await world.activityRule(second, '2026-02-01', { name: 'Backup by ada admin' });
  await world.rule(first, { model: 'MaintenanceLog', criteria: { method: 'any_completed' } });
  const links = [
    'tickets/one.txt',
    'https://tickets.example.org/7',
    '../out.txt',
    'leads-out.txt',
    'gone.txt',
  ];
  for (const link of links)
    await sql`insert into maintenance_log (event_type, description, status, event_date, ticket_link, created_at, updated_at, assigned_to_id)
              values ('Patch', '', 'Completed', '2026-02-02', ${link}, '2026-02-02 10:00', '2026-02-02 10:00', 1)`.execute(
      db,
    );
  await sql`insert into opsdeck_jobs.action_log (at, actor, action, subject, note)
            values ('2026-03-09 10:00Z', 'ada@example.org', 'job.pause', 'job:uar', 'Ada Admin asked for it')`.execute(
    db,
  );
  await succeeded(world.run());
  const evidence = join(folder, 'evidence');
  await mkdir(join(evidence, 'tickets'), { recursive: true });
  await writeFile(join(evidence, 'tickets', 'one.txt'), 'the ticket');
  await writeFile(join(folder, 'out.txt'), 'secret');
  await symlink(join(folder, 'out.txt'), join(evidence, 'leads-out.txt'));
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({ jobs: { 'compliance-drift': { settings: { evidence_dir: evidence } } } }),
  );
  await chmod(join(folder, 'config.json'), 0o600);
  return world;
}

/** The head of the run gets a time stamp, as a service would give it. */
async function stamped({ database: { db } }: World) {
  const authority = await makeAuthority();
  const head = await readNewestHead(db);
  if (head === null) throw new Error('the run took no head');
  const hash = Buffer.from(head.hash, 'hex');
  const response = authority.reply(timestampRequest({ hash, nonce: Buffer.alloc(8, 1) }));
  await sql`
    insert into opsdeck_jobs.record_timestamp (head, url, stamped_at, response)
    values (${head.number}, 'https://tsa.example.org/tsr', ${timestampOf(response, { hash }).toISOString()}::timestamptz, ${response})`.execute(
    db,
  );
  return { ...authority, response };
}

async function make(
  harness: DatabaseHarness,
  world: World,
  {
    people = 'names',
    name = 'a.zip',
    changes = {},
  }: { people?: 'names' | 'pseudonyms'; name?: string; changes?: Partial<Io> } = {},
) {
  const { io, stdout } = await ioOn(harness, world.database, { cwd: folder, ...changes });
  const options = { ...period, output: name, people, json: true as const };
  const code = await reportAuditFile(io, { config: join(folder, 'config.json') }, options);
  return { io, code, document: JSON.parse(stdout()) };
}

onEachDatabase((harness) => {
  it('has every control with its evidence and decisions, and is what the database recorded', async () => {
    const world = await filled(harness);
    const authority = openssl ? await stamped(world) : null;
    const { io, code, document } = await make(harness, world);
    expect(code).toBe(0);
    const file = join(folder, 'a.zip');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const entries = await unpacked(file);
    expect(entries.size).toBe(document.files);
    expect([...entries.keys()].every((path) => /^[A-Za-z0-9._/-]+$/.test(path) && !path.includes('..'))).toBe(
      true,
    );
    expect(rowsOf(entries.get('02-controls/controls.csv')).map((row) => row.slice(0, 6))).toEqual([
      '1,A-2,',
      '2,A-10',
      '3,"A-1',
    ]);
    const occurrences = rowsOf(entries.get('02-controls/occurrences.csv'));
    expect(occurrences.filter((row) => row.startsWith('1,') && row.includes('Patch'))).toHaveLength(5);
    expect(rowsOf(entries.get('10-decisions.csv'))).toEqual([
      expect.stringContaining('Ada Admin asked for it'),
    ]);
    expect(entries.get('13-evidence-files/00001-one.txt')).toBe('the ticket');
    const references = entries.get('13-evidence-files/files.csv') ?? '';
    expect(
      rowsOf(references)
        .map((row) => row.split(',').slice(4, 6).join(' '))
        .sort(),
    ).toEqual([
      '../out.txt not included',
      'gone.txt not included',
      'https://tickets.example.org/7 not included',
      'leads-out.txt not included',
      'tickets/one.txt included',
    ]);
    expect([...entries.values()].some((text) => text.includes('secret'))).toBe(false);
    const cover = JSON.parse(entries.get('01-cover.json') ?? '');
    for (const { place, count } of cover.lists) {
      const csv = entries.get(`${place}.csv`);
      if (csv !== undefined && !csv.includes('\u202e') && place !== '02-controls/controls')
        expect([place, rowsOf(csv).length]).toEqual([place, count]);
    }
    for (const [path, text] of entries) {
      if (path.endsWith('.json')) JSON.parse(text);
      if (!path.endsWith('.html')) continue;
      expect(text).not.toContain('<script>alert');
      expect([...new Set(text)].filter((each) => each !== '\n' && hasHidden(each))).toEqual([]);
    }
    expect(await verifyAuditFile(io, {}, 'a.zip', {})).toBe(0);
    if (authority !== null) {
      const stamp = (await unpackedBytes(file)).get('record-head.tsr');
      expect(stamp?.equals(authority.response)).toBe(true);
      await writeFile(authority.path('record-head.tsr'), authority.response);
      const [, digest = ''] =
        /openssl ts -verify -digest ([0-9a-f]{64}) -in record-head\.tsr -CAfile /.exec(
          entries.get('VERIFY.txt') ?? '',
        ) ?? [];
      expect(authority.verify(digest, authority.path('record-head.tsr'))).toBe('Verification: OK');
      expect(entries.get('MANIFEST.txt')).toContain(
        ` by tsa.example.org, of the head 2026-03-10 sha256 ${digest}\n`,
      );
    }

    // The same data make the same tables, byte by byte.
    await make(harness, world, { name: 'b.zip' });
    const again = await unpacked(join(folder, 'b.zip'));
    for (const [path, text] of entries) {
      if (/^0[2-9].*(?:csv|json)$|^1[23]/.test(path) && !path.endsWith('html'))
        expect([path, again.get(path) === text]).toEqual([path, true]);
    }

    // Whoever rewrites the manifest too is found by the database.
    await packed(
      file,
      [...again].map(([path, text]) => [
        path,
        path === 'MANIFEST.txt' ? text.replace('# made: 2', '# made: 3') : text,
      ]),
    );
    expect(await verifyAuditFile(io, {}, 'a.zip', {})).toBe(4);
  });

  it('shows no name with pseudonyms, which are the same in the next file', async () => {
    const world = await filled(harness);
    await make(harness, world, { people: 'pseudonyms' });
    const entries = await unpacked(join(folder, 'a.zip'));
    for (const [path, text] of entries) expect([path, /ada@|ada admin/i.test(text)]).toEqual([path, false]);
    const keyFile = join(folder, 'a.zip.people.json');
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
    const { key, people } = JSON.parse(await readFile(keyFile, 'utf8'));
    expect(people.map(({ text }: { readonly text: string }) => text)).toContain('ada@example.org');
    expect([...entries.values()].some((text) => text.includes(key))).toBe(false);
    await make(harness, world, { people: 'pseudonyms' });
    const again = await unpacked(join(folder, 'a.zip'));
    expect(again.get('02-controls/occurrences.csv')).toBe(entries.get('02-controls/occurrences.csv'));
  });

  it('leaves nothing when it is stopped, and refuses stdout', async () => {
    const world = await filled(harness);
    const { io } = await ioOn(harness, world.database, { cwd: folder, stop: AbortSignal.abort('SIGINT') });
    const options = { ...period, people: 'names' as const };
    await expect(reportAuditFile(io, {}, { ...options, output: 'a.zip' })).rejects.toThrow();
    expect((await readdir(folder)).sort()).toEqual(['config.json', 'evidence', 'out.txt']);
    await expect(reportAuditFile(io, {}, { ...options, output: '-' })).rejects.toMatchObject({ exitCode: 2 });
  });
});
