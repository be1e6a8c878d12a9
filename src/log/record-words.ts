import { plainText } from '../text/plain-text.ts';

/** Fields that say the same on every line, or that the line shows in another way. */
const hidden =
  /^(?:@timestamp|log\.level|message|ecs\.version|process\.|host\.|service\.|trace\.|event\.dataset|event\.duration|error\.stack_trace)/;

/** A record of the log for a person, on one line: its message, then its fields. */
export function recordWords(message: string, fields: Readonly<Record<string, unknown>>): string {
  const shown = Object.entries(fields).filter(
    ([name, value]) => !hidden.test(name) && value !== undefined && !saidAlready(name, value, message),
  );
  return [plainText(message), ...shown.map(([name, value]) => fieldText(name, value))].join(' ');
}

function fieldText(name: string, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `${name.replace(/^(?:labels|event)\./, '')}=${plainText(text ?? '')}`;
}

/** The sentence of an error is mostly part of the message. */
function saidAlready(name: string, value: unknown, message: string): boolean {
  return name === 'error.message' && typeof value === 'string' && message.includes(value);
}
