import { prettyFactory } from 'pino-pretty';
import { plainLines } from '../text/plain-text.ts';
import type { EcsRecord } from './ecs-sink.ts';
import { recordWords } from './record-words.ts';

export interface PrettyOptions {
  readonly color: boolean;
  /** Show stack traces. */
  readonly stack: boolean;
}

/** No line of a stack trace, which begins with words of the database, looks like one of the log. */
function indented(stack: string): string {
  return plainLines(stack).replace(/^/gm, '    ');
}

/** Lines of the log for a person: `09:00:01 WARN: message job=compliance-drift`. Times are UTC. */
export function prettyFormat(options: PrettyOptions): (record: EcsRecord) => string {
  const pretty = prettyFactory({
    colorize: options.color,
    messageKey: 'message',
    levelKey: 'log\\.level',
    timestampKey: '@timestamp',
    translateTime: 'UTC:HH:MM:ss',
    hideObject: true,
    errorLikeObjectKeys: [],
    messageFormat: ({ message }) => String(message),
  });
  return (record) => {
    const { message, 'error.stack_trace': stack } = record;
    const words = recordWords(String(message ?? ''), record);
    const trace = options.stack && typeof stack === 'string' ? `\n${indented(stack)}` : '';
    return pretty({ ...record, message: words + trace });
  };
}
