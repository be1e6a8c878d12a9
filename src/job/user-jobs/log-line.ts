import { type Logger, pino } from 'pino';
import { z } from 'zod';
import { logLevels } from '../../log/level.ts';

/** A line of pino's own, as a thread writes it. */
const lineSchema = z.looseObject({
  level: z.number(),
  msg: z.string().default(''),
  err: z.looseObject({ type: z.string(), message: z.string(), stack: z.string() }).optional(),
});

/** Writes a line of another thread's logger. */
export function logLine(logger: Logger, line: string): void {
  const { level, msg, err, ...fields } = lineSchema.parse(JSON.parse(line));
  const name = logLevels.find((one) => one === pino.levels.labels[level]) ?? 'info';
  if (name === 'silent') return;
  logger[name]({ ...fields, ...errorFields(err) }, msg);
}

function errorFields(err: z.output<typeof lineSchema>['err']): Readonly<Record<string, string>> {
  if (err === undefined) return {};
  return { 'error.type': err.type, 'error.message': err.message, 'error.stack_trace': err.stack };
}
