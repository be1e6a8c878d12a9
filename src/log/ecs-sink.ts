import { z } from 'zod';
import type { Secrets } from '../config/secrets.ts';
import { safeJson } from '../text/safe-json.ts';
import { type LogLevel, logLevels } from './level.ts';
import { scrubValue } from './scrub-value.ts';

/** One line of the log, by dotted ECS names. */
export type EcsRecord = Readonly<Record<string, unknown>>;

export interface SinkTarget {
  /** Lines below it are left out; `silent` takes none. */
  readonly level: LogLevel;
  write(line: string): void;
  /** Default: ECS as one line of JSON. */
  format?(record: EcsRecord): string;
}

/** Field sets of ECS that may be written nested. */
const fieldSets: ReadonlySet<string> = new Set([
  'error',
  'event',
  'host',
  'http',
  'labels',
  'log',
  'process',
  'service',
  'trace',
  'url',
  'user',
]);

const severity: ReadonlyMap<string, number> = new Map(logLevels.map((name, index) => [name, index]));

const lineSchema = z.record(z.string(), z.unknown());

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where pino's line goes: repeated and nested fields become one, secrets are masked, each target takes its share. */
export class EcsSink {
  readonly #secrets: Secrets;
  readonly #targets: readonly SinkTarget[];

  constructor(secrets: Secrets, targets: readonly SinkTarget[]) {
    this.#secrets = secrets;
    this.#targets = targets;
  }

  write(line: string): void {
    const record = this.#clean(lineSchema.parse(JSON.parse(line)));
    const level = severity.get(String(record['log.level'])) ?? 0;
    for (const target of this.#targets) {
      if (target.level === 'silent' || (severity.get(target.level) ?? 0) > level) continue;
      target.write(target.format?.(record) ?? `${safeJson(record)}\n`);
    }
  }

  #clean(line: EcsRecord): EcsRecord {
    const flat: Record<string, unknown> = {};
    const add = (name: string, value: unknown) => {
      if (isObject(value) && fieldSets.has(name.split('.')[0] ?? '')) {
        for (const [key, inner] of Object.entries(value)) add(`${name}.${key}`, inner);
      } else {
        flat[name] = scrubValue(value, (text) => this.#secrets.scrub(text));
      }
    };
    for (const [name, value] of Object.entries(line)) add(name, value);
    return flat;
  }
}
