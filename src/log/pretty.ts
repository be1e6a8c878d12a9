import { prettyFactory } from 'pino-pretty';
import { plainLines, plainText } from '../text/plain-text.ts';
import type { EcsRecord } from './ecs-sink.ts';

export interface PrettyOptions {
  readonly color: boolean;
  /** Show stack traces. */
  readonly stack: boolean;
}

/** Fields that say the same on every line, or that the line shows in another way. */
const hidden =
  /^(?:@timestamp|log\.level|message|ecs\.version|process\.|host\.|service\.|trace\.|event\.dataset|event\.duration|error\.stack_trace)/;

function fieldText(name: string, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `${name.replace(/^(?:labels|event)\./, '')}=${plainText(text ?? '')}`;
}

/** No line of a stack trace, which begins with words of the database, looks like one of the log. */
function indented(stack: string): string {
  return plainLines(stack).replace(/^/gm, '    ');
}

/** The sentence of an error is mostly part of the message. */
function saidAlready(name: string, value: unknown, message: unknown): boolean {
  return name === 'error.message' && typeof value === 'string' && String(message).includes(value);
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
    const fields = Object.entries(record).filter(
      ([name, value]) => !hidden.test(name) && value !== undefined && !saidAlready(name, value, message),
    );
    const words = [
      plainText(String(message ?? '')),
      ...fields.map(([name, value]) => fieldText(name, value)),
    ];
    const trace = options.stack && typeof stack === 'string' ? `\n${indented(stack)}` : '';
    return pretty({ ...record, message: words.join(' ') + trace });
  };
}
