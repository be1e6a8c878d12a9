import { printError } from './errors.ts';
import type { RunCommandLine } from './io.ts';
import {
  commandLineArguments,
  exitWith,
  failUntilDone,
  ioFromProcess,
  reportUncaught,
  stopOnSignals,
  surviveClosedPipes,
} from './io-from-process.ts';
import { wantsStack } from './wants-stack.ts';

/** Runs what was typed to start this process, and ends it with the exit code. */
export async function runProcess(runCommandLine: RunCommandLine): Promise<void> {
  failUntilDone();
  surviveClosedPipes();
  const io = ioFromProcess(stopOnSignals());
  const args = commandLineArguments();
  reportUncaught((error) =>
    printError(error, io, { json: args.includes('--json'), debug: wantsStack(args, io.env) }),
  );
  exitWith(await runCommandLine(args, io));
}
