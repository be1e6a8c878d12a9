import { z } from 'zod';
import type { RunningProgram } from './program.ts';

const recordSchema = z.looseObject({
  '@timestamp': z.string(),
  'log.level': z.string(),
  message: z.string(),
  'event.action': z.string(),
});
type LogRecord = z.output<typeof recordSchema>;

/** The log of a program, of which every line must be a record. */
export function records(text: string): readonly LogRecord[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => recordSchema.parse(JSON.parse(line)));
}

/** The first record with that action; rejects when the program ends without one. */
export function logged({ child, ended }: RunningProgram, action: string): Promise<LogRecord> {
  let held = '';
  const found = new Promise<LogRecord>((resolve) => {
    child.stdout?.on('data', (text: string) => {
      const lines = (held + text).split('\n');
      held = lines.pop() ?? '';
      const record = records(lines.join('\n')).find((one) => one['event.action'] === action);
      if (record !== undefined) resolve(record);
    });
  });
  const never = ended.then(({ code, stderr }): never => {
    throw new Error(`the program ended with ${code} without ${action}: ${stderr}`);
  });
  never.catch(() => undefined);
  return Promise.race([found, never]);
}
