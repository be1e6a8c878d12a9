import { expect, it } from 'vitest';
import { runCommandLine } from '../../bin/command-line.ts';
import { catalogJson, control, withdrawn } from '../jobs/compliance-drift/import/oscal/catalogs.ts';
import { onEachDatabase } from '../support/databases.ts';
import { memoryIo } from '../support/memory-io.ts';
import { environmentFor } from '../support/program-database.ts';
import { inputFiles } from './input-files.ts';

const write = inputFiles();

onEachDatabase((harness) => {
  it('import reports what it did, in a sentence or in one JSON document', async () => {
    const env = environmentFor(await harness.config());
    const run = async (...args: string[]) => {
      const memory = memoryIo({ env, cwd: '/' });
      return {
        code: await runCommandLine(args, memory.io),
        stdout: memory.stdout(),
        stderr: memory.stderr(),
      };
    };

    const catalog = await write(catalogJson({ controls: [control('a-1'), withdrawn('a-2')] }));
    const oscal = await run('import', 'oscal', catalog, '--framework', 'House');
    expect(oscal).toMatchObject({
      code: 0,
      stdout:
        'House: 2 controls, 1 of them withdrawn (new framework)\n' +
        '2 added, 0 changed, 0 unchanged, 0 no longer in the file\n' +
        'Catalog: version 2, OSCAL 1.1.2\n' +
        'Identifiers: id, for 2 controls without a usable label, such as A-1, A-2\n',
    });
    const next = await write(catalogJson({ controls: [control('a-1', { title: 'Other' }), control('a-3')] }));
    const dry = await run('import', 'oscal', next, '--framework', 'House', '--dry-run');
    expect(dry.stdout).toContain(
      '1 added, 1 changed, 0 unchanged, 1 no longer in the file (dry run: nothing was written)',
    );
    expect(dry.stdout).toContain('Added: A-3\nChanged: A-1\nNo longer in the file since this import: A-2\n');
    const oscalJson = await run('import', 'oscal', next, '--framework', 'House', '--json');
    expect(JSON.parse(oscalJson.stdout)).toMatchObject({
      schema: 1,
      import: 'oscal',
      dry_run: false,
      framework: 'House',
      framework_created: false,
      added: 1,
      changed_controls: ['A-1'],
      no_longer_in_file_controls: ['A-2'],
    });

    const people = await write('email,name,role\nana@x.org,Ana,admin\n');
    const users = await run('import', 'users', people);
    expect(users.stdout).toBe(`${people}: 1 row of users: 1 added, 0 changed, 0 unchanged.\n`);
    const done = await write(
      'activity,executor_email,execution_date,status\nDrill,ana@x.org,2024-01-01,completed\n',
    );
    const activities = await run('import', 'activities', done, '--dry-run');
    expect(activities.stdout).toBe(
      `${done}: 1 row of activities: 1 added, 0 changed, 0 unchanged; also added: 1 activity (dry run: nothing was written).\n`,
    );
    const rules = await write('control_id,name,target_model\nA-1,Looked at,RiskAssessment\n');
    const rulesJson = await run('import', 'rules', rules, '--framework', 'House', '--json');
    expect(JSON.parse(rulesJson.stdout)).toMatchObject({
      import: 'rules',
      rows: 1,
      added: 1,
      changed: 0,
      unchanged: 0,
    });
    const links = await write('control_id,linkable_type,linkable_id,description\nA-1,Policy,1,It says so\n');
    expect(await run('import', 'links', links, '--framework', 'House')).toMatchObject({ code: 0 });
  });

  it('a refused file is reported problem by problem, with exit code 2', async () => {
    const env = environmentFor(await harness.config());
    const file = await write('email,name\nana,Ana\nbo@x.org,\n');
    const people = memoryIo({ env, cwd: '/' });
    expect(await runCommandLine(['import', 'users', file], people.io)).toBe(2);
    expect(people.stdout()).toBe('');
    expect(people.stderr()).toContain(
      `${file}:2: email is 'ana', which is no e-mail address\n${file}:3: name is empty\n` +
        `opsdeck-jobs: ${file} has 2 problems; nothing was written. [file_has_problems]\nNext: `,
    );
    const json = memoryIo({ env, cwd: '/' });
    expect(await runCommandLine(['import', 'users', file, '--json'], json.io)).toBe(2);
    expect(JSON.parse(json.stdout())).toMatchObject({
      schema: 1,
      file,
      problem_count: 2,
      problems: [{ line: 2 }, { line: 3 }],
      error: { code: 'file_has_problems' },
    });
  });
});

it('a file that is no use is refused before any database is opened', async () => {
  const { io, stderr } = memoryIo({ env: { DATABASE_URL: 'postgresql://127.0.0.1:1/none' }, cwd: '/' });
  expect(await runCommandLine(['import', 'users', 'missing.csv'], io)).toBe(2);
  expect(stderr()).toContain('missing.csv cannot be read: there is no such file.');
});
