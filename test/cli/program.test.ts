import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { describe, expect, it } from 'vitest';
import { groups, runCommandLine, served } from '../../bin/command-line.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { memoryIo } from '../support/memory-io.ts';

function everyCommand(
  command: CommandUnknownOpts,
  path: readonly string[] = [],
): ReadonlyArray<readonly string[]> {
  return [path, ...command.commands.flatMap((child) => everyCommand(child, [...path, child.name()]))];
}

const paths = everyCommand(buildProgram(memoryIo().io, groups, served).command);

async function run(...args: readonly string[]) {
  const { io, stdout, stderr } = memoryIo();
  const exitCode = await runCommandLine(args, io);
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

describe('the command line', () => {
  it('has every command of this version', () => {
    expect(paths.map((path) => path.join(' ')).sort()).toEqual(
      [
        '',
        'run-job',
        'preview',
        'list',
        'metrics',
        'report leavers',
        'report retention',
        'report uar',
        'retention',
        'retention accept',
        'retention legal-hold',
        'retention legal-hold add',
        'retention legal-hold list',
        'retention legal-hold release',
        'retention list',
        'retention restore',
        'uar',
        'uar acknowledge',
        'uar compare',
        'uar example',
        'uar exception',
        'uar exception add',
        'uar exception list',
        'uar exception revoke',
        'uar export',
        'uar false-positive',
        'uar findings',
        'uar import',
        'uar list',
        'uar resolve',
        'uar schema',
        'uar show',
        'uar sign-off',
        'verify archives',
        'status',
        'decisions',
        'decisions list',
        'runs',
        'runs list',
        'runs retry',
        'runs show',
        'runs cancel',
        'enable',
        'disable',
        'pause',
        'people',
        'people erase',
        'resume',
        'report',
        'report drift',
        'report control',
        'report soa',
        'report controls',
        'report expiry',
        'report changes',
        'report audit-file',
        'report overview',
        'verify',
        'verify drift',
        'verify audit-file',
        'verify record',
        'daemon',
        'messages',
        'messages list',
        'messages show',
        'messages retry',
        'messages cancel',
        'messages release',
        'messages hold-all',
        'messages resume',
        'messages test',
        'destinations',
        'destinations list',
        'destinations enable',
        'notifications',
        'notifications list',
        'notifications test',
        'notifications enable',
        'notifications disable',
        'demo',
        'backup',
        'migrate',
        'restore',
        'import',
        'import oscal',
        'import rules',
        'import subscriptions',
        'import activities',
        'import certificates',
        'import credentials',
        'import deadlines',
        'import evidence',
        'import licenses',
        'import links',
        'import users',
        'controls',
        'controls accept',
        'controls action',
        'controls action-done',
        'controls attest',
        'controls forecast',
        'controls list',
        'controls show',
        'expiry',
        'expiry ack',
        'expiry alerts',
        'expiry list',
        'expiry probe',
        'expiry renewed',
        'expiry show',
        'expiry snooze',
        'expiry unsnooze',
        'doctor',
        'setup',
        'uninstall',
        'generate',
        'generate completion',
        'generate crontab',
        'generate grants',
        'generate kubernetes',
        'generate man',
        'generate systemd',
        'config',
        'config check',
        'config show',
        'config schema',
        'rates',
        'records',
        'records disable',
        'records enable',
        'records list',
        'records remove',
        'records rename',
        'records show',
        'rates accept',
        'rates convert',
        'rates list',
        'rates reject',
        'rates show',
      ].sort(),
    );
  });

  it.each(paths.map((path) => [path]))(
    '%j explains itself on stdout, with an example of itself',
    async (path) => {
      const { exitCode, stdout, stderr } = await run(...path, '--help');
      expect(exitCode).toBe(0);
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^Usage: opsdeck-jobs/);
      expect(stdout).toContain(`$ opsdeck-jobs ${path.join(' ')}`);
      expect(stdout).toContain('--log-level <level>');
    },
  );

  it.each([
    ['rules', 'target_model'],
    ['activities', 'execution_date'],
    ['links', 'linkable_type'],
    ['users', 'email'],
  ])('the help of import %s has the columns of the file', async (kind, column) => {
    expect((await run('import', kind, '--help')).stdout).toMatch(
      new RegExp(`^Columns, in any order, with a header:\n[^]*^  ${column} +required  `, 'm'),
    );
  });

  it('lists exit codes and the environment in its own help', async () => {
    const { stdout } = await run('--help');
    for (const word of ['DATABASE_URL', 'TIMEZONE', 'OPSDECK_JOBS_CONFIG', 'Exit codes:', '130/143']) {
      expect(stdout).toContain(word);
    }
  });

  it('has a first screen of at most 30 lines, and with --all every command', async () => {
    const { stdout } = await run('--help');
    expect(stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(30);
    const all = await run('help', '--all');
    expect(all.exitCode).toBe(0);
    for (const path of paths.filter((one) => one.length > 1)) expect(all.stdout).toContain(path.join(' '));
  });

  it('prints its version', async () => {
    expect(await run('--version')).toEqual({ exitCode: 0, stdout: '0.0.0-source\n', stderr: '' });
  });

  it.each([[['run-job']], [['import', 'users']]])(
    '`help` before %j is the same as --help after it',
    async (path) => {
      expect(await run('help', ...path)).toEqual(await run(...path, '--help'));
    },
  );
});

describe('wrong usage', () => {
  it.each([
    [['run-jbo', 'x'], "Unknown command 'run-jbo'. Did you mean run-job?", "See 'opsdeck-jobs --help'."],
    [
      ['report', 'drfit'],
      "Unknown command 'drfit'. Did you mean drift?",
      "See 'opsdeck-jobs report --help'.",
    ],
    [['history'], "Unknown command 'history'. Did you mean runs list?", "See 'opsdeck-jobs --help'."],
    [['run', 'x'], "Unknown command 'run'. Did you mean run-job?", "See 'opsdeck-jobs --help'."],
    [['version'], "Unknown command 'version'. Did you mean --version?", "See 'opsdeck-jobs --help'."],
    [['run-job'], "Missing required argument 'name'.", "See 'opsdeck-jobs run-job --help'."],
    [['list', '--chek'], "Unknown option '--chek'. Did you mean --check?", "See 'opsdeck-jobs list --help'."],
    [
      ['--confg', 'x', 'list'],
      "Unknown option '--confg'. Did you mean --config?",
      "See 'opsdeck-jobs --help'.",
    ],
    [
      ['list', 'x'],
      "Too many arguments for 'list'. Expected 0 arguments but got 1.",
      "See 'opsdeck-jobs list --help'.",
    ],
    [
      ['runs', 'list', '--limit'],
      "Option '--limit <n>' argument missing.",
      "See 'opsdeck-jobs runs list --help'.",
    ],
    [
      ['run-job', 'x', '--fail-on', 'low'],
      'Allowed choices are critical, high, medium.',
      "See 'opsdeck-jobs run-job --help'.",
    ],
    [
      ['report', 'drift', '--format', 'pdf'],
      'Allowed choices are text, json, csv, md, html.',
      "See 'opsdeck-jobs report drift --help'.",
    ],
    [['run-job', 'x', '--delivery'], "Unknown option '--delivery'.", "See 'opsdeck-jobs run-job --help'."],
  ])('%j is reported in one sentence, with the next step', async (args, sentence, next) => {
    const { exitCode, stdout, stderr } = await run(...args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    const [first, second, ...rest] = stderr.split('\n');
    expect(first).toMatch(/^opsdeck-jobs: [A-Z]/);
    expect(first).toContain(sentence);
    expect(second).toBe(`Next: ${next}`);
    expect(rest).toEqual(['']);
  });

  it.each([[[]], [['report']], [['import']], [['config']]])(
    '%j without a command shows the help on stderr',
    async (args) => {
      const { exitCode, stdout, stderr } = await run(...args);
      expect(exitCode).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toContain('Usage: opsdeck-jobs');
      expect(stderr).toContain('needs a command.');
    },
  );

  it('with --json is also the one document on stdout', async () => {
    const { exitCode, stdout } = await run('list', '--json', '--chek');
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      schema: 1,
      error: {
        code: 'usage',
        message: "Unknown option '--chek'. Did you mean --check?",
        next: "See 'opsdeck-jobs list --help'.",
      },
    });
  });
});

/** What removes, replaces, withdraws, sends again or accepts. */
const asking = [
  'messages retry',
  'messages cancel',
  'messages release',
  'rates accept',
  'rates reject',
  'uar resolve',
  'uar acknowledge',
  'uar false-positive',
  'uar exception add',
  'uar exception revoke',
  'uar sign-off',
  'controls attest',
  'controls accept',
  'expiry renewed',
  'records remove',
  'retention accept',
  'retention legal-hold release',
  'retention restore',
  'restore',
  'migrate',
];

/** These verbs of other commands are no such thing: a run is ended, not removed. */
const harmless = ['runs cancel', 'runs retry', 'messages resume'];

function optionsAt(path: string): readonly (string | undefined)[] {
  const command = path
    .split(' ')
    .reduce<CommandUnknownOpts | undefined>(
      (at, word) => at?.commands.find((one) => one.name() === word),
      buildProgram(memoryIo().io, groups, served).command,
    );
  return command?.options.map(({ long }) => long) ?? [];
}

describe('options of every command', () => {
  it.each(asking)('%s has --dry-run and --yes', (path) => {
    expect(optionsAt(path)).toEqual(expect.arrayContaining(['--dry-run', '--yes']));
  });

  it('a list or one thing is printed as text or JSON, a list also as CSV and Markdown', () => {
    const names = paths.map((path) => path.join(' ')).filter((path) => /(^| )(list|show)$/.test(path));
    expect(names.length).toBeGreaterThan(12);
    expect(
      names.filter((path) => !['--format', '--json'].every((one) => optionsAt(path).includes(one))),
    ).toEqual([]);
  });

  it('a new verb that sounds like that is one of them', () => {
    const verbs = new Set(['remove', 'prune', ...asking.map((path) => path.split(' ').at(-1))]);
    const names = paths.map((path) => path.join(' '));
    const missing = names.filter((path) => verbs.has(path.split(' ').at(-1)) && !asking.includes(path));
    // `expiry ack` and the like, which the next command turns back, have other verbs; `add` is of an exception alone.
    expect(missing.filter((path) => !harmless.includes(path) && path !== 'retention legal-hold add')).toEqual(
      [],
    );
  });

  it.each([
    [['--log-level', 'debug', '--config', 'c.json', 'run-job', 'x']],
    [['run-job', 'x', '--log-level', 'debug', '--config', 'c.json']],
    [['run-job', '--config', 'c.json', 'x', '--log-level=debug']],
  ])('are read before and after the command: %j', async (args) => {
    const program = buildProgram(memoryIo().io, groups, served);
    const runJob = program.command.commands.find((command) => command.name() === 'run-job');
    runJob?.action(() => undefined);
    await program.command.parseAsync(args, { from: 'user' });
    expect(program.command.opts()).toEqual({ logLevel: 'debug', config: 'c.json' });
    expect(runJob?.opts()).toEqual({});
    expect(runJob?.args).toEqual(['x']);
  });

  it('--param is taken as often as it is given, in order', async () => {
    const program = buildProgram(memoryIo().io, groups, served);
    const runJob = program.command.commands.find((command) => command.name() === 'run-job');
    runJob?.action(() => undefined);
    await program.command.parseAsync(['run-job', 'x', '--param', 'a=1', '-p', 'b=2'], { from: 'user' });
    expect(runJob?.opts()).toEqual({ param: ['a=1', 'b=2'] });
  });
});
