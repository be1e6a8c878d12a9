import { printError } from './errors.ts';
import {
  commandLineArguments,
  exitWith,
  failUntilDone,
  ioFromProcess,
  reportUncaught,
  stopOnSignals,
  surviveClosedPipes,
} from './io-from-process.ts';
import { runCommandLine } from './run-command-line.ts';
import { wantsStack } from './wants-stack.ts';

/** Runs the command line of this process. */
export async function main(): Promise<void> {
  failUntilDone();
  surviveClosedPipes();
  const io = ioFromProcess(stopOnSignals());
  const args = commandLineArguments();
  reportUncaught((error) =>
    printError(error, io, { json: args.includes('--json'), debug: wantsStack(args, io.env) }),
  );
  exitWith(await runCommandLine(args, io));
}
