import type { LogRecord } from '../../db/tables/runs.ts';
import { storableText } from '../../text/storable.ts';

/** So many records of a run are kept, the newest. */
const mostRecords = 200;
/** As JSON, all together; and the characters of one text, of which the beginning is kept. */
const mostBytes = 64 * 1024;
const mostTextCharacters = 4000;
/** A record whose fields are larger keeps its message alone. */
const mostFieldBytes = 8000;

/** The last records of a run, within the limits. */
export class LastRecords {
  /** With those that are not kept any more. */
  logged = 0;
  readonly #kept: Array<{ readonly record: LogRecord; readonly bytes: number }> = [];
  #bytes = 0;

  add(record: LogRecord): void {
    const shortened = { ...record, message: shortText(record.message), fields: shortFields(record.fields) };
    const bytes = bytesOf(shortened);
    this.logged += 1;
    this.#kept.push({ record: shortened, bytes });
    this.#bytes += bytes;
    while (this.#kept.length > mostRecords || this.#bytes > mostBytes) {
      this.#bytes -= this.#kept.shift()?.bytes ?? 0;
    }
  }

  /** Oldest first. */
  get records(): readonly LogRecord[] {
    return this.#kept.map(({ record }) => record);
  }
}

function shortFields(fields: LogRecord['fields']): LogRecord['fields'] {
  const short = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      storableText(name),
      typeof value === 'string' ? shortText(value) : value,
    ]),
  );
  return bytesOf(short) > mostFieldBytes ? {} : short;
}

function shortText(text: string): string {
  return text.length > mostTextCharacters
    ? storableText(`${text.slice(0, mostTextCharacters)} […]`)
    : storableText(text);
}

/** With the comma that separates it. */
function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value)) + 1;
}
