/*
 * Logging: pino with the ECS formatter, in this process and synchronous, so that nothing is lost at exit.
 *
 * Fields are written by their dotted ECS names (`'event.action'`, `'labels.job'`, `'trace.id'`, `err` for an error), which
 * merge from logger to child to line; a nested object is flattened to the same names. A line goes to the console, from the
 * level that is asked for, and to the log file, from `info`. Secrets are removed from every line on its way out.
 */

import type { Writable } from 'node:stream';
import { ecsFormat } from '@elastic/ecs-pino-format';
import { type Logger, pino } from 'pino';
import type { Secrets } from '../config/secrets.ts';
import { version } from '../service/version.ts';
import { EcsSink, type SinkTarget } from './ecs-sink.ts';
import { type LogLevel, logLevels } from './level.ts';
import { openLogFile } from './log-file.ts';

export interface LoggerOptions {
  /** stderr of a one-shot command, stdout of the daemon. */
  readonly console: Writable;
  /** Takes words for people: that the log file cannot be written. */
  readonly stderr: Writable;
  /** Lines for a person instead of JSON. */
  readonly pretty: boolean;
  readonly color: boolean;
  readonly level: LogLevel;
  /** Takes ECS from `info` up; created with mode 0600, appended to. */
  readonly file: string | undefined;
  readonly secrets: Secrets;
  /** The console is read apart from the words for people: it gets {@link OpenLogger.record} as well. Default: no. */
  readonly consoleHasRecord?: boolean;
}

export interface OpenLogger {
  readonly logger: Logger;
  /** For an error that the command itself prints in words: the log file has it, and no stream has both. */
  readonly record: Logger;
  /** Opens the log file anew, for whoever rotates it. */
  reopen(): void;
  /** Closes the log file. */
  close(): void;
}

function lowest(a: LogLevel, b: LogLevel): LogLevel {
  return logLevels.indexOf(a) < logLevels.indexOf(b) ? a : b;
}

async function consoleTarget(options: LoggerOptions): Promise<SinkTarget> {
  const target: SinkTarget = { level: options.level, write: (line) => options.console.write(line) };
  if (!options.pretty) return target;
  const { prettyFormat } = await import('./pretty.ts');
  const stack = lowest(options.level, 'debug') === options.level;
  return { ...target, format: prettyFormat({ color: options.color, stack }) };
}

/** @throws OperatorError `log_file_not_writable` (exit 2). */
export async function createLogger(options: LoggerOptions): Promise<OpenLogger> {
  const target = await consoleTarget(options);
  const say = (sentence: string) => options.stderr.write(`${options.secrets.scrub(sentence)}\n`);
  const file = options.file === undefined ? undefined : openLogFile(options.file, say);
  const toFile: readonly SinkTarget[] = file === undefined ? [] : [{ level: 'info', write: file.write }];
  const logger = (targets: readonly SinkTarget[]) =>
    pino(
      {
        ...ecsFormat({ serviceName: 'opsdeck-jobs', serviceVersion: version, apmIntegration: false }),
        level: targets.map(({ level }) => level).reduce(lowest, 'silent'),
      },
      new EcsSink(options.secrets, targets),
    );
  return {
    logger: logger([target, ...toFile]),
    record: logger(options.consoleHasRecord === true ? [target, ...toFile] : toFile),
    reopen: () => file?.reopen(),
    close: () => file?.close(),
  };
}
