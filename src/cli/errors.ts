import { Secrets } from '../config/secrets.ts';
import { ExitCode } from '../errors/exit-code.ts';
import { limitError } from '../errors/limit-error.ts';
import { OperatorError, stackOf, withPoints } from '../errors/operator-error.ts';
import { type StopSignal, stopSignalOf } from '../service/stop-signal.ts';
import type { World } from './io.ts';
import { hasJson, writeJson } from './render/json.ts';
import { printFault } from './runs/print-fault.ts';

/** Knows no secret by its value, but what a password in a URL looks like: for what was thrown outside a session. */
const passwords = new Secrets();

/** 130 after Ctrl-C, 143 after SIGTERM, and after SIGHUP, which asks for the same. */
function stopExitCode(signal: StopSignal): ExitCode {
  return signal === 'SIGINT' ? ExitCode.sigint : ExitCode.sigterm;
}

export interface ErrorPrinting {
  /** The command promised one JSON document. */
  readonly json: boolean;
  /** At level debug or trace: with the stack trace. */
  readonly debug: boolean;
}

interface ErrorWords {
  readonly code: string;
  readonly message: string;
  readonly points?: readonly string[];
  readonly next: string | null;
  readonly exitCode: ExitCode;
}

function wordsOf(error: unknown, io: World): ErrorWords {
  if (io.stop.aborted) {
    const signal = stopSignalOf(io.stop);
    return {
      code: 'interrupted',
      message: `Interrupted by ${signal}.`,
      next: 'Run it again; finished parts are stored.',
      exitCode: stopExitCode(signal),
    };
  }
  const known = error instanceof OperatorError ? error : limitError(error, 'program');
  if (known !== undefined) {
    const { code, headline: message, points, next, exitCode } = known;
    return { code, message, points, next, exitCode };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'unexpected_error',
    message: `Unexpected error: ${message}`,
    next: 'Run it again with --log-level debug for the details, and report them.',
    exitCode: ExitCode.failed,
  };
}

/** Prints what went wrong and what to do next, on stderr and, where one was promised, as the JSON document; returns the exit code. */
export function printError(error: unknown, io: World, printing: ErrorPrinting): ExitCode {
  const { code, next, exitCode, points: parts = [], ...words } = wordsOf(error, io);
  const headline = passwords.scrub(words.message);
  const points = parts.map((point) => passwords.scrub(point));
  const stack = printing.debug && error instanceof Error ? stackOf(error) : undefined;
  printFault(io, {
    code,
    message: headline,
    points,
    next,
    stack: stack === undefined ? null : passwords.scrub(stack),
  });
  if (printing.json && !hasJson(io)) {
    writeJson(io, { error: { code, message: withPoints(headline, points), next } });
  }
  return exitCode;
}
