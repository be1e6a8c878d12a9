import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, expect, it } from 'vitest';
import { runCommandLine } from '../../../../bin/command-line.ts';
import type { FolderChoice } from '../../../../jobs/expiry/import/certificate-files.ts';
import { certificates } from '../../../../jobs/expiry/import/certificates.ts';
import { openCertificates } from '../../../../jobs/expiry/import/pem-files.ts';
import { users } from '../../../../jobs/uar/import/users.ts';
import type { OpenDatabase } from '../../../../src/db/database.ts';
import { openCsv } from '../../../../src/import/csv-file.ts';
import { importCsv } from '../../../../src/import/import-csv.ts';
import { ProblemList } from '../../../../src/import/problems.ts';
import { inputFiles } from '../../../import/input-files.ts';
import { onEachDatabase } from '../../../support/databases.ts';
import { memoryIo } from '../../../support/memory-io.ts';
import { pems } from './certificate-pems.ts';
import { chainPems } from './chain-pems.ts';

const write = inputFiles();
const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function folderOf(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-certificates-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

const key = (passphrase?: string) =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({
      type: 'pkcs8',
      format: 'pem',
      ...(passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }),
    })
    .toString();

/** Everything that is read of a folder or file, and every problem by file. */
async function readAll(path: string, choice: Partial<FolderChoice> = {}) {
  const source = await openCertificates(path, 'live', certificates.columns, choice);
  const problems = new ProblemList();
  const cells: Readonly<Record<string, string>>[] = [];
  for await (const row of source.rows(problems)) cells.push(row.cells);
  const refusal = problems.refusal('live', '', source.fileOf);
  return {
    files: cells.map(({ file }) => file),
    text: JSON.stringify([cells, refusal.problems, source.notes?.()]),
    problems: Object.fromEntries(refusal.problems.map(({ file, line, message }) => [file ?? line, message])),
    notes: source.notes?.(),
  };
}

it('names each file of a folder that is no certificate, prints nothing of what is in it, and never waits for one', async () => {
  const secret = key();
  const folder = await folderOf({
    'a.pem': pems.www,
    'b.CRT': `${secret}${pems.sanOnly}`,
    'c.cer': Buffer.from(pems.authority.replace(/-----.*-----|\n/g, ''), 'base64'),
    'key.pem': secret,
    'locked.pem': key('a password'),
    'store.pem': Buffer.from([0x30, 0x82, 0x01, 0x00, 0x02, 0x01, 0x03]),
    'text.pem': 'hello',
    'empty.pem': '',
    'bundle.pem': pems.www.repeat(51),
    'huge.pem': '',
    'server.key': secret,
    'README.md': 'hello',
  });
  await truncate(join(folder, 'huge.pem'), 2 ** 40);
  await symlink('/dev/zero', join(folder, 'zero.pem'));
  await symlink(join(folder, 'a.pem'), join(folder, 'link.pem'));
  await symlink('nowhere', join(folder, 'broken.pem'));
  await mkdir(join(folder, 'sub.pem'));
  execFileSync('mkfifo', [join(folder, 'pipe.pem')]);
  const read = await readAll(folder);
  expect(read.files.toSorted()).toEqual(['a.pem', 'b.CRT', 'c.cer', 'link.pem']);
  expect(read.problems).toEqual({
    'store.pem': expect.stringContaining('it is PKCS #12: convert it with `openssl pkcs12'),
    'text.pem': 'it holds no certificate in PEM',
    'empty.pem': 'it is empty',
    'huge.pem': 'it has 1099511627776 bytes; a certificate has at most 1048576',
    'zero.pem': 'it is no file',
    'broken.pem': 'it cannot be read: there is no such file',
    'sub.pem': 'it is no file',
    'pipe.pem': 'it is no file',
  });
  expect(read.notes).toEqual([
    'b.CRT also holds a private key, which was left out.',
    'bundle.pem was skipped: it holds 51 certificates: it is a bundle, not a chain.',
    'key.pem was skipped: it is a private key, not a certificate.',
    'locked.pem was skipped: it is a private key, protected by a password, and not a certificate.',
  ]);
  expect(read.text).not.toContain(secret.split('\n')[1]);
});

it('reads a folder of certbot: the folders in it, without what signs another, keys, and what is to be skipped', async () => {
  const { shop, intermediate, unrelated, crossSigned } = chainPems;
  const folder = await folderOf({ README: 'hello' });
  await mkdir(join(folder, 'shop.example.org'));
  await mkdir(join(folder, 'old'));
  const put = (name: string, text: string) => writeFile(join(folder, name), text);
  await put('shop.example.org/cert.pem', shop);
  await put('shop.example.org/chain.pem', intermediate);
  await put('shop.example.org/fullchain.pem', shop + intermediate + crossSigned);
  await put('shop.example.org/privkey.pem', key());
  await put('old/cert.pem', unrelated);
  await put(
    'old/request.csr.pem',
    '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----',
  );
  await put('two.pem', unrelated + shop);
  const all = await readAll(folder, { recursive: true, skip: ['two*'] });
  expect(all.files).toEqual(['old/cert.pem', 'shop.example.org/cert.pem', 'shop.example.org/fullchain.pem']);
  expect(all.problems).toEqual({});
  expect(all.notes).toEqual([
    expect.stringMatching(/^old\/request\.csr\.pem was skipped: it is a certificate request/),
    'shop.example.org/privkey.pem was skipped: it is a private key, not a certificate.',
    'shop.example.org/chain.pem holds certificates of the chain of another file, which has them itself.',
  ]);
  expect((await readAll(folder, { recursive: true, skip: ['old/', 'shop.*/c*.pem'] })).files).toEqual([
    'shop.example.org/fullchain.pem',
    'two.pem',
    'two.pem',
  ]);
  expect((await readAll(folder)).files).toEqual(['two.pem', 'two.pem']);
});

it('one file is read by its name or by how it begins; what else there is, is CSV', async () => {
  expect(await readAll(await write(pems.www))).toMatchObject({ files: ['live'], problems: {} });
  const folder = await folderOf({ 'server.key': key(), 'none.txt': 'x' });
  expect((await readAll(join(folder, 'server.key'))).problems).toEqual({
    1: 'it is a private key, not a certificate',
  });
  await expect(readAll(folder)).rejects.toMatchObject({ code: 'file_without_rows', exitCode: 2 });
  await expect(readAll(join(folder, 'no.pem'))).rejects.toMatchObject({ code: 'file_not_readable' });
  await expect(readAll(join(folder, 'none.txt'))).rejects.toMatchObject({ code: 'file_has_problems' });
});

interface Version {
  readonly name: string;
  readonly owner: string | null;
  readonly expires_on: string;
  readonly common_name: string | null;
  readonly active: boolean;
  readonly body: string;
}

async function versions({ db }: OpenDatabase): Promise<readonly Version[]> {
  const { rows } = await sql<Version>`
    select c.name, case when c.owner_id is not null then c.owner_type || ' ' || c.owner_id end as owner,
           v.expires_at::text as expires_on, v.common_name, v.is_active as active, coalesce(v.public_body, '') as body
      from certificates c join certificate_versions v on v.certificate_id = c.id order by v.id`.execute(db);
  return rows;
}

onEachDatabase((harness) => {
  it('the same certificate twice changes nothing, a renewed one is a new version, an older one does not come back', async () => {
    const database = await harness.fresh();
    await sql`insert into "group" (name) values ('Platform')`.execute(database.db);
    const run = async (path: string, owner: { ownerEmail?: string; ownerGroup?: string } = {}) => {
      const source = await openCertificates(path, 'live', certificates.columns);
      const context = { database, dryRun: false, actor: 'os:ana@host', signal: new AbortController().signal };
      try {
        return await importCsv(certificates, source, { zone: 'Europe/Madrid', ...owner }, context);
      } finally {
        source.close();
      }
    };
    const people = await openCsv(await write('email,name\nana@x.org,Ana\n'), 'people.csv', users.columns);
    await importCsv(
      users,
      people,
      { zone: 'UTC' },
      {
        database,
        dryRun: false,
        actor: 'os:ana@host',
        signal: new AbortController().signal,
      },
    );

    const secret = key();
    // The first holds an authority that did not sign it: an item of its own. The second is the first without it.
    const first = await folderOf({
      'chain.pem': `${pems.www}${secret}${pems.authority}`,
      'leaf.pem': pems.www,
      'san.pem': pems.sanOnly,
    });
    const added = { added: 3, changed: 0, unchanged: 1, rows: 4 };
    expect(await run(first, { ownerGroup: 'Platform' })).toMatchObject(added);
    const nothing = { added: 0, changed: 0 };
    expect(await run(first)).toMatchObject(nothing);
    const www = { name: 'www.example.org', owner: 'Group 1', common_name: 'www.example.org' };
    const san = { name: 'san.example.org', owner: 'Group 1', expires_on: '2043-04-29', common_name: null };
    expect(await versions(database)).toMatchObject([
      { ...www, expires_on: '2043-04-29', active: true },
      { name: 'Example CA', expires_on: '2037-11-06', active: true },
      { ...san, active: true },
    ]);
    expect(JSON.stringify(await versions(database))).not.toContain('PRIVATE KEY');
    // Found by what it is, whatever it is called in the database.
    await sql`update certificates set name = 'Web' where name = 'san.example.org'`.execute(database.db);
    expect(await run(first)).toMatchObject(nothing);

    const renewed = await folderOf({ 'new.pem': pems.renewed, 'old.pem': pems.www });
    const once = await run(renewed);
    expect(once).toMatchObject({ added: 0, changed: 1, unchanged: 1 });
    expect(once.notes).toEqual([
      '1 certificate ends earlier than another of the same name, and was left alone.',
    ]);
    expect(await run(first)).toMatchObject({
      ...nothing,
      notes: [expect.stringContaining('also holds'), expect.stringMatching(/^. certificates? ends? earlier/)],
    });
    const both = [
      { ...www, expires_on: '2043-04-29', active: false },
      { name: 'Example CA', active: true },
      { ...san, name: 'Web', active: true },
      { ...www, expires_on: '2044-06-02', active: true },
    ];
    expect(await versions(database)).toMatchObject(both);

    // The file of a person: what it leaves out stays as it was; a date is corrected by a new version.
    const csv = (rows: string) => write(`name,expires_on,type,owner_email,pem\n${rows}`);
    expect(await run(await csv('Web,2043-04-29,VPN,ana@x.org,\nBadge,2030-01-01,,,\n'))).toMatchObject({
      added: 1,
      changed: 1,
    });
    expect(await run(await csv(`Badge,,,,"${pems.authority}"\n`))).toMatchObject({ added: 0, changed: 1 });
    expect(await versions(database)).toMatchObject([
      both[0],
      both[1],
      { ...both[2], owner: 'User 1', body: expect.stringContaining('BEGIN CERTIFICATE') },
      both[3],
      { name: 'Badge', owner: null, expires_on: '2030-01-01', active: false, body: '' },
      { name: 'Badge', expires_on: '2037-11-06', active: true },
    ]);

    // Two of one common name are told apart, and what was replaced does not come back under the longer name.
    const alike = await folderOf({ 'a.pem': pems.www, 'b.pem': pems.namesake });
    expect(await run(alike)).toMatchObject({ added: 1, changed: 0, unchanged: 1 });
    expect((await versions(database)).at(-1)?.name).toBe('www.example.org (Other)');
    expect(await run(alike)).toMatchObject(nothing);
    await expect(
      run(
        await folderOf({
          '0.pem': pems.www,
          '1.pem': pems.namesake,
          '2.pem': pems.twin,
          '3.pem': pems.nameless,
        }),
      ),
    ).rejects.toMatchObject({
      problems: [
        {
          file: '2.pem',
          message: expect.stringContaining("'www.example.org (Other)' is also that of 1.pem"),
        },
        { file: '3.pem', message: expect.stringContaining('name is empty, and the certificate has none') },
      ],
    });
    const wrong = `A,,,,\nB,2030-02-30,,,\nC,2030-01-01,,,"${pems.www}"\nD,,,,"${secret}"\nE,2030-01-01,,no@x.org,\nE,2030-01-01,,,\nF,"${secret}",,,\n`;
    const refused = run(await csv(wrong));
    await expect(refused).rejects.toMatchObject({
      problems: [
        { line: 2, message: 'expires_on is empty: give it, or the certificate in pem' },
        { line: 3, message: expect.stringContaining("'2030-02-30'") },
        { line: 4, message: 'expires_on and pem: give one of them' },
        { message: 'pem cannot be used: it is a private key, not a certificate' },
        { message: "owner_email 'no@x.org' belongs to no user" },
        { message: expect.stringContaining("'E' is already in line") },
        { message: 'expires_on is a private key: write a date that exists as YYYY-MM-DD' },
      ],
    });
    const thrown: unknown = await refused.catch((error: unknown) => error);
    expect(JSON.stringify(thrown)).not.toContain(secret.split('\n')[1]);
  });
});

it('is a command: problems by file, and exit code 2, before any database is opened where there is nothing', async () => {
  const folder = await folderOf({ 'none.txt': 'x' });
  const memory = memoryIo({ env: { DATABASE_URL: 'postgresql://127.0.0.1:1/none' }, cwd: '/' });
  expect(await runCommandLine(['import', 'certificates', folder], memory.io)).toBe(2);
  expect(memory.stderr()).toContain('has no file whose name ends in .pem, .crt, .cer, .cert');
});
