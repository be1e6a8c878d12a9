import { type Logger, pino } from 'pino';
import { z } from 'zod';
import { type LogLevel, logLevels } from '../../log/level.ts';
import type { Json, JsonObject } from '../../text/json.ts';

/** A line of pino's own, as the logger of a run or a thread writes it. A job may give any of these names to a field of its own. */
const lineSchema = z.record(z.string(), z.json());

const errorSchema = z.looseObject({ type: z.string(), message: z.string(), stack: z.string() });

/** What a line says; the fields have dotted ECS names. */
export interface LogLine {
  readonly level: Exclude<LogLevel, 'silent'>;
  readonly text: string;
  readonly fields: JsonObject;
}

export function readLine(line: string): LogLine {
  const { level, msg = '', err, ...fields } = lineSchema.parse(JSON.parse(line));
  const name = typeof level === 'number' ? pino.levels.labels[level] : undefined;
  const known = logLevels.find((one) => one === name) ?? 'info';
  return {
    level: known === 'silent' ? 'info' : known,
    text: typeof msg === 'string' ? msg : JSON.stringify(msg),
    fields: { ...fields, ...errorFields(err) },
  };
}

/** Writes a line of another logger. */
export function writeLine(logger: Logger, { level, text, fields }: LogLine): void {
  logger[level](fields, text);
}

function errorFields(err: Json | undefined): Readonly<Record<string, string>> {
  if (err === undefined) return {};
  const { data: error } = errorSchema.safeParse(err);
  if (error === undefined) return { 'error.message': typeof err === 'string' ? err : JSON.stringify(err) };
  return { 'error.type': error.type, 'error.message': error.message, 'error.stack_trace': error.stack };
}
