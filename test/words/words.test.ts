import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { describe, expect, it } from 'vitest';
import { groups, served } from '../../bin/command-line.ts';
import type { Io } from '../../src/cli/io.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { documents, root, textOf } from '../docs/manual/blocks.ts';
import { memoryIo } from '../support/memory-io.ts';
import { allowed } from './allowed.ts';
import { bannedWords } from './banned.ts';
import { literalsOf } from './literals.ts';
import { testNames } from './test-names.ts';

/** What a description may begin with. A new verb belongs here when it is an imperative. */
const verbs = new Set([
  'Accept',
  'Bring',
  'Check',
  'Close',
  'Compare',
  'Convert',
  'End',
  'Erase',
  'Import',
  'Keep',
  'Let',
  'List',
  'Look',
  'Mark',
  'Never',
  'Pause',
  'Print',
  'Protect',
  'Put',
  'Queue',
  'Record',
  'Refuse',
  'Remove',
  'Rename',
  'Repeat',
  'Report',
  'Review',
  'Run',
  'Send',
  'Show',
  'Sign',
  'Stop',
  'Take',
  'Watch',
  'Write',
]);

/** Every command of the program, the groups too. */
function commands(io: Io): readonly CommandUnknownOpts[] {
  const all = (command: CommandUnknownOpts): readonly CommandUnknownOpts[] =>
    command.commands.flatMap((child) => [child, ...all(child)]);
  return all(buildProgram(io, groups, served).command);
}

/** The lines of a document; those of its fenced blocks are empty. */
function prose(text: string): readonly string[] {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, (block) => block.replaceAll(/[^\n]/g, '')).split('\n');
}

it.each([
  ['a string', `const a = 'you were told';`, ['told']],
  [
    'a template, before and after what is put in',
    `const a = \`nobody \${b ? \`is held\` : "x"} says\`;`,
    ['nobody', 'held', 'says'],
  ],
  [
    'a quoted text of a statement',
    "const a = sql<T>`select held from t where r = 'it is gone'`;",
    ['is gone'],
  ],
  [
    'a text after a division and an expression',
    `const a = b / c; const d = /'/; const e = 'let go';`,
    ['let go'],
  ],
  ['code in a text', 'const a = "see `messages list --state held`";', []],
  ['a comment and an import', `import { held } from './held.ts'; // told`, []],
  ['a longer word', `const a = 'upheld, foretold';`, []],
])('finds banned words in %s', (_, source, expected) => {
  expect(literalsOf(source).flatMap(({ text }) => bannedWords(text))).toEqual(expected);
});

it.each([
  ['a test', `it('a run is told', () => {});`, ['a run is told']],
  ['a group and a test in it', `describe("a group", () => {\n  it.skip('a test', f);`, ['a group', 'a test']],
  ['a test of a table', `it.each([1, 2])('%s of two', f);`, ['%s of two']],
  [
    'a table of cases',
    `it.each<X>([\n  ['a case', 'no name', 1],\n  ['one more', 2],\n])('is %s', f);`,
    ['a case', 'one more', 'is %s'],
  ],
  ['a template', 'it(`a run of two`, f);', ['a run of two']],
  ['no text of a test', `const a = f('you are told'); expect(a).toBe('not told');`, []],
])('finds the name of %s', (_, source, expected) => {
  expect(testNames(source).map(({ text }) => text)).toEqual(expected);
});

describe('the words', () => {
  it('of messages, errors, mails and logs are those of the glossary', () => {
    const files = ['bin', 'jobs', 'src'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(folder, name)),
    );
    const found = files.flatMap((file) =>
      literalsOf(readFileSync(join(root, file), 'utf8'))
        .filter(({ text }) => !allowed.has(text))
        .flatMap(({ line, text }) =>
          bannedWords(text).map((word) => `${file}:${line}: '${word}' in ${text}`),
        ),
    );
    expect(files.length).toBeGreaterThan(400);
    expect(found).toEqual([]);
  });

  it('of the help are those of the glossary', () => {
    const { io, stdout } = memoryIo({ columns: 10_000 });
    const found = commands(io).flatMap((command) => {
      const before = stdout().length;
      command.outputHelp();
      return stdout()
        .slice(before)
        .split('\n')
        .filter((line) => !allowed.has(line.trim().replace(/^\$ opsdeck-jobs /, '')))
        .flatMap((line) => bannedWords(line).map((word) => `${command.name()}: '${word}' in ${line}`));
    });
    expect(found).toEqual([]);
  });

  it('of the documents are those of the glossary', () => {
    const found = documents.flatMap((file) =>
      prose(textOf(file)).flatMap((text, index) =>
        bannedWords(text).map((word) => `${file}:${index + 1}: '${word}' in ${text}`),
      ),
    );
    expect(documents.length).toBeGreaterThan(10);
    expect(found).toEqual([]);
  });

  it('of the names of tests are those of the glossary', () => {
    const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).filter(
      // This folder has them as examples.
      (name) => /\.test\.tsx?$/.test(name) && !name.startsWith('words/'),
    );
    const names = files.flatMap((file) =>
      testNames(readFileSync(join(root, 'test', file), 'utf8')).map((name) => ({ file, ...name })),
    );
    const found = names.flatMap(({ file, line, text }) =>
      bannedWords(text).map((word) => `test/${file}:${line}: '${word}' in ${text}`),
    );
    expect(names.length).toBeGreaterThan(2000);
    expect(found).toEqual([]);
  });

  it('of a description of a command begin with an imperative, those of an option with a small letter', () => {
    const found = commands(memoryIo().io).flatMap((command) => [
      ...(verbs.has(command.description().split(/\W/)[0] ?? '')
        ? []
        : [`${command.name()}: ${command.description()}`]),
      ...command.options
        .filter(({ description }) => /^[A-Z][a-z]/.test(description))
        .map(({ flags, description }) => `${command.name()} ${flags}: ${description}`),
    ]);
    expect(found).toEqual([]);
  });
});
