import { expect, it } from 'vitest';
import { groups, served } from '../../bin/command-line.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { memoryIo } from '../support/memory-io.ts';

/** What is not run for other terminals: each is here on purpose. */
const never = ['config', 'daemon', 'demo', 'generate', 'migrate', 'restore', 'setup'];

it('each command is either run for other terminals or never', () => {
  const nouns = buildProgram(memoryIo().io, groups, served).command.commands.map((command) => command.name());
  expect(nouns.filter((noun) => !served.has(noun)).sort()).toEqual(never);
});
