/** Names as in pino. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Python's names, which OpsDeck's `LOG_LEVEL` has. */
const pythonNames: Readonly<Record<string, LogLevel>> = {
  warning: 'warn',
  critical: 'fatal',
};

/** What is allowed, for messages. */
export const logLevelHint = 'trace, debug, info, warn (or warning), error, fatal (or critical) or silent';

/** A level by its name in pino or in Python, in any letter case; undefined when it is none. */
export function readLogLevel(text: string): LogLevel | undefined {
  const name = text.trim().toLowerCase();
  return pythonNames[name] ?? logLevels.find((level) => level === name);
}
