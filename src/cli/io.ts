import type { Writable } from 'node:stream';
import type { OpenDatabase } from '../db/database.ts';
import type { ExitCode } from '../errors/exit-code.ts';
import type { Place } from '../http/site/place.ts';
import type { JobDefinition } from '../job/define-job.ts';
import type { ReportPage } from '../job/report-page.ts';

/**
 * The outside world of one command. Commands use this and never `process`, so that a command can also be run on behalf
 * of another terminal.
 */
export interface Io {
  /** The result and nothing else. */
  readonly stdout: Writable;
  /** Notices, logs, progress, errors. */
  readonly stderr: Writable;
  /** Is there a person at stdout or stderr? Colours, bars and tables fitted to the width depend on it. */
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** Width of the terminal; undefined elsewhere: tables are then not cut. */
  readonly columns: number | undefined;
  readonly color: boolean;
  /** How the command's tables are set, where it was asked for a format for other programs. */
  readonly tables?: 'csv' | 'md';
  /** Takes what the command would print for people, for a page of the daemon. Absent: it is printed. */
  readonly show?: (page: ReportPage) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Who types, as the operating system calls them; `unknown` where it has no name for them, as in some containers. */
  readonly userName: () => string;
  /** What was typed after the program's name. Absent: an action that is called by itself, which nobody else can be asked to run. */
  readonly args?: readonly string[];
  /** Its command, without options and arguments: `runs list`. Absent as `args` is. */
  readonly commandName?: () => string;
  /** What starts this program, absolute: Node.js and the file. Absent where the process is not the command's own. */
  readonly program?: readonly string[];
  /** The embedded database that this process holds while it runs a command for another terminal. */
  readonly held?: OpenDatabase;
  /**
   * From now on, what no code caught is given to the handler instead of ending the process: one job's slip must not end a
   * daemon and all that it runs. Absent where the process is not the command's own.
   */
  readonly surviveUncaught?: (handler: (error: unknown) => void) => void;
  /** From now on SIGHUP calls this, instead of stopping the command. Absent where the process is not the command's own. */
  readonly onHangUp?: (handler: () => void) => void;
  /** Asks the person at the terminal, and gives the line that was typed. Absent: nobody can be asked. */
  readonly ask?: (question: string) => Promise<string>;
  /** Aborted, with a `StopSignal` as its reason, at the first Ctrl-C, SIGTERM or SIGHUP. */
  readonly stop: AbortSignal;
  /** The program's own jobs, in the order in which people see them. Loaded when first asked for. */
  readonly loadJobs: () => Promise<readonly JobDefinition[]>;
  /** The pages that a daemon serves to people. */
  readonly loadPlaces?: () => Promise<readonly Place[]>;
  /** For a command that runs those of other terminals. */
  readonly runCommandLine: RunCommandLine;
}

/** The outside world before the program knows what was typed in it. */
export type World = Omit<
  Io,
  'tables' | 'args' | 'commandName' | 'loadJobs' | 'loadPlaces' | 'runCommandLine'
>;

/**
 * Runs one command line, without the name of the program, and returns its exit code. Whatever goes wrong is printed; nothing
 * is thrown.
 */
export type RunCommandLine = (args: readonly string[], world: World) => Promise<ExitCode>;

/** Options that every command takes; as typed, not yet checked. */
export interface GlobalOptions {
  readonly envFile?: string;
  readonly config?: string;
  readonly logLevel?: string;
  readonly logFile?: string;
}
