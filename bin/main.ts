import { runProcess } from '../src/cli/run-process.ts';
import { runCommandLine } from './command-line.ts';

/** Runs the command line of this process. */
export const main = () => runProcess(runCommandLine);
