import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { groups, served } from '../../bin/command-line.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { commandWords } from '../../src/generate/command-words.ts';
import { completion } from '../../src/generate/completion.ts';
import { manualPage } from '../../src/generate/manual-page.ts';
import { memoryIo } from '../support/memory-io.ts';

const program = commandWords(buildProgram(memoryIo().io, groups, served).command);
const jobs = ['compliance-drift', 'communications', 'uar'];
const has = (name: string) => spawnSync(name, ['--version']).status === 0;

/** What is typed; the last word is the one at the cursor. */
const cases: ReadonlyArray<
  readonly [typed: readonly string[], offered: readonly string[], not: readonly string[]]
> = [
  [['sta'], ['status'], ['list']],
  [
    ['messages', ''],
    ['list', 'retry', 'hold-all'],
    ['--json', 'run-job'],
  ],
  [['uar', 'exception', ''], ['add', 'list', 'revoke'], ['sign-off']],
  [['uar', 'example', ''], ['entra', 'okta', 'ldap'], ['uar']],
  [['run-job', 'com'], ['compliance-drift', 'communications'], ['uar']],
  [['--config', 'runs', 'run-job', ''], jobs, ['list']],
  [['pause', 'uar', ''], jobs, []],
  [['report', 'drift', '--fo'], ['--format'], ['--from']],
  [['report', 'drift', '--format', ''], ['text', 'csv', 'html'], ['--format']],
  [['runs', 'list', '--conf'], ['--config'], ['--json']],
  [['generate', 'completion', ''], ['bash', 'zsh'], []],
];

/** bash calls the function with these variables, and reads the array. */
function inBash(typed: readonly string[]): readonly string[] {
  const words = ['opsdeck-jobs', ...typed];
  const script = `${completion('bash', program, jobs)}
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_opsdeck_jobs
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.trim().split('\n');
}

/** The two builtins that offer words write them down; what does not begin with the word at the cursor, the shell leaves out. */
function inZsh(typed: readonly string[]): readonly string[] {
  const words = ['opsdeck-jobs', ...typed];
  const script = `compdef() { }
compadd() { shift; print -l -- "$@"; }
_describe() { [[ $1 == -o ]] && shift; local -a all; all=("\${(@P)2}"); print -l -- "\${(@)all%%:*}"; }
${completion('zsh', program, jobs)}
words=("$@") CURRENT=$#
_opsdeck-jobs`;
  const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', script, 'zsh', ...words], { encoding: 'utf8' });
  expect(stderr).toBe('');
  const current = typed.at(-1) ?? '';
  return stdout
    .trim()
    .split('\n')
    .filter((word) => word.startsWith(current));
}

describe.skipIf(!has('bash'))('completion for bash', () => {
  it.each(cases)('%j', (typed, offered, not) => {
    const found = inBash(typed);
    expect(found).toEqual(expect.arrayContaining([...offered]));
    for (const word of not) expect(found).not.toContain(word);
  });
});

describe.skipIf(!has('zsh'))('completion for zsh', () => {
  it.each(cases)('%j', (typed, offered, not) => {
    const found = inZsh(typed);
    expect(found).toEqual(expect.arrayContaining([...offered]));
    for (const word of not) expect(found).not.toContain(word);
  });
});

describe('the manual page', () => {
  it.skipIf(!has('groff'))('has no line that groff warns of, and every command', () => {
    const page = manualPage(program, '1.2.3');
    const { stdout, stderr } = spawnSync('groff', ['-man', '-ww', '-Tutf8', '-P-cbou'], {
      input: page,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toContain('retention legal-hold add [options]');
    expect(stdout).toContain('opsdeck-jobs 1.2.3');
  });
});
