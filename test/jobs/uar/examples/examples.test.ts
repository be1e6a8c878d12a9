import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { expect, inject, it } from 'vitest';
import { runCommandLine } from '../../../../bin/command-line.ts';
import { exampleText } from '../../../../jobs/uar/examples/example.ts';
import { examplesOfSystems } from '../../../../jobs/uar/examples/index.ts';
import { systems } from '../../../../jobs/uar/examples/systems.ts';
import { readComparisonFile } from '../../../../jobs/uar/import/comparison-file.ts';
import { inputFiles } from '../../../import/input-files.ts';
import { onEachDatabase } from '../../../support/databases.ts';
import { memoryIo } from '../../../support/memory-io.ts';
import { hosts, secrets, systemsPeer } from './systems-peer.ts';

const write = inputFiles();

/** HR: 25 people, of whom the last two are unknown and number 22 has left. */
const people = [
  'email,status,github_login,aws_user,ldap_uid',
  ...Array.from(
    { length: 23 },
    (_, n) => `p${n}@example.org,${n === 22 ? 'Left' : 'Active'},login-${n},aws${n},uid${n}`,
  ),
];

const files: Readonly<Record<string, readonly string[]>> = {
  'people.csv': people,
  'entra-guests.csv': ['email', 'known@partner.example'],
  'entra-active-roles.csv': ['id', ...Array.from({ length: 23 }, (_, n) => `active-${n}`)],
  'entra-eligible-roles.csv': ['id', ...Array.from({ length: 24 }, (_, n) => `eligible-${n}`)],
  'entra-apps.csv': ['app_id', ...Array.from({ length: 23 }, (_, n) => `app-${n}`)],
  'github-owners.csv': ['login', 'login-0', 'login-1'],
  'github-outside.csv': ['login', ...[20, 21, 22, 23].map((n) => `login-${n}`)],
  'aws-users.csv': [
    'user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,access_key_1_active,access_key_2_active',
    '<root_account>,arn:aws:iam::1:root,2020-01-01T00:00:00+00:00,not_supported,no_information,true,false,false',
    ...Array.from(
      { length: 24 },
      (_, n) => `aws${n},arn:aws:iam::1:user/aws${n},2024-01-01T00:00:00+00:00,true,N/A,true,true,false`,
    ),
  ],
  'ldap.csv': [
    'uid,mail,cn',
    ...Array.from({ length: 24 }, (_, n) => `"uid${n}","p${n}@example.org","Person ${n}"`),
    '"","","svc"',
  ],
};

onEachDatabase((harness) => {
  it('every example is imported as printed, and compares the whole list of its system', async () => {
    const database = await harness.fresh();
    const where = harness.configOf(database);
    const peer = await systemsPeer();
    const cwd = await mkdtemp(join(inject('scratch'), 'examples-'));
    for (const [name, lines] of Object.entries(files))
      await writeFile(join(cwd, name), `${lines.join('\n')}\n`);
    const api_hosts = Object.fromEntries(Object.keys(secrets).map((name) => [name, [peer.url]]));
    await writeFile(
      join(cwd, 'opsdeck-jobs.json'),
      JSON.stringify({
        allow_private_destinations: true,
        jobs: { uar: { settings: { sources_dir: cwd, api_hosts } } },
      }),
    );
    const run = async (...args: readonly string[]) => {
      const { io, stdout, stderr } = memoryIo({
        cwd,
        env: {
          HOME: cwd,
          TIMEZONE: 'UTC',
          ...Object.fromEntries(
            Object.entries(secrets).map(([name, value]) => [`OPSDECK_JOBS_SECRET_${name}`, value]),
          ),
          ...(where.kind === 'postgres'
            ? { DATABASE_URL: where.url }
            : { OPSDECK_JOBS_DATA_DIR: where.dataDir }),
        },
        ...(where.kind === 'postgres' ? {} : { held: database }),
      });
      const code = await runCommandLine(args, io);
      expect(code, stdout() + stderr()).toBe(0);
      return stdout();
    };
    for (const system of systems) {
      const printed = await run('uar', 'example', system);
      await writeFile(join(cwd, `${system}.json`), printed.replaceAll(hosts, peer.url));
      await run('uar', 'import', `${system}.json`);
    }
    await sql`update opsdeck_jobs.uar_comparison_state set next_run_at = now() - interval '1 hour'`.execute(
      database.db,
    );
    await run('run-job', 'uar');

    const { rows } = await sql<{ name: string; a: number; b: number; findings: string | null }>`
      select c.name, (e.source_a_snapshot ->> 'row_count')::int as a, (e.source_b_snapshot ->> 'row_count')::int as b,
             (select string_agg(f.finding_type || ' ' || f.key_value, ', ' order by f.finding_type, f.key_value)
                from uar_finding f where f.execution_id = e.id) as findings
        from uar_comparison c join uar_execution e on e.comparison_id = c.id and e.status = 'completed' order by c.id`.execute(
      database.db,
    );
    const right = (...keys: string[]) => keys.map((key) => `Right Only (B) ${key}`);
    const expected: readonly (readonly [string, number, number, readonly string[]])[] = [
      [
        'Entra: users',
        23,
        29,
        [
          'No Key (B) svc-sync#EXT#@example.onmicrosoft.com',
          ...right('p22@example.org', 'p23@example.org', 'p24@example.org'),
        ],
      ],
      ['Entra: guests', 1, 29, right('unknown@partner.example')],
      ['Entra: active roles', 23, 25, right('active-24')],
      ['Entra: eligible roles', 24, 25, right('eligible-24')],
      ['Entra: service principals', 23, 25, right('app-24')],
      ['Google Workspace: users', 23, 25, right('p22@example.org', 'p24@example.org')],
      ['Okta: users', 23, 25, ['No Key (B) p0@example.org', ...right('p22@example.org', 'p24@example.org')]],
      ['GitHub: members', 23, 25, right('login-22', 'login-23', 'login-24')],
      ['GitHub: owners', 2, 3, right('login-2')],
      ['GitHub: outside collaborators', 4, 5, right('login-24')],
      ['Slack: members', 23, 27, ['No Key (B) deploy-bot', ...right('p22@example.org', 'p24@example.org')]],
      ['AWS: IAM users', 23, 25, right('aws22', 'aws23')],
      ['LDAP: accounts', 23, 25, ['No Key (B) svc', ...right('uid22', 'uid23')]],
    ];
    expect(rows).toEqual(
      expected.map(([name, a, b, findings]) => ({ name, a, b, findings: findings.join(', ') })),
    );
    for (const { headers } of peer.received.filter(({ method }) => method === 'GET'))
      expect(headers.authorization).toBeDefined();
  });
});

it('every example is a file for the import as it is printed, and its steps fit a terminal', async () => {
  for (const system of systems) {
    const text = exampleText(system, examplesOfSystems[system]);
    const file = await write(text);
    const { comparisons } = await readComparisonFile(file, file);
    expect(comparisons.map(({ name }) => name)).toEqual(
      examplesOfSystems[system].comparisons.map(({ name }) => name),
    );
    const lines = text.split('\n');
    const comments = lines.filter((line) => line.startsWith('//') && !/^\/\/ {5,}\S+ .{40}/.test(line));
    expect(comments.filter((line) => line.length > 81)).toEqual([]);
  }
});

it('the command for LDAP makes CSV of LDIF, whatever is in a name', async () => {
  const command = exampleText('ldap', examplesOfSystems.ldap)
    .split('\n')
    .flatMap((line) => /^\/\/ +(awk .*) ldap\.ldif > /.exec(line)?.[1] ?? [])[0];
  const ldif = [
    'dn: uid=a,dc=x',
    'uid: a',
    'mail: a@x.org',
    'mail: other@x.org',
    'cn: Doe, "Ana": x',
    '',
    'dn: uid=b,dc=x',
    'uid: b',
    `cn:: ${Buffer.from('José "Pepe"').toString('base64')}`,
    '',
    '',
    'dn: cn=svc,dc=x',
    'CN: svc',
    '',
  ];
  const folder = await mkdtemp(join(inject('scratch'), 'ldif-'));
  await writeFile(join(folder, 'ldap.ldif'), ldif.join('\n'));
  const { stdout } = await promisify(execFile)('sh', ['-c', `${command ?? 'false'} ldap.ldif`], {
    cwd: folder,
  });
  expect(stdout.trimEnd().split('\n')).toEqual([
    'uid,mail,cn',
    '"a","a@x.org","Doe, ""Ana"": x"',
    '"b","","José ""Pepe"""',
    '"","","svc"',
  ]);
});
