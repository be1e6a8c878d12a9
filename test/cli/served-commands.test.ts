import { expect, it } from 'vitest';
import { groups } from '../../bin/command-line.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { isServed } from '../../src/cli/served-commands.ts';
import { memoryIo } from '../support/memory-io.ts';

/** What is not run for other terminals: each is here on purpose. */
const never = ['config', 'daemon', 'demo', 'migrate', 'restore'];

it('each command is either run for other terminals or never', () => {
  const nouns = buildProgram(memoryIo().io, groups).command.commands.map((command) => command.name());
  expect(nouns.filter((noun) => !isServed(noun)).sort()).toEqual(never);
});
