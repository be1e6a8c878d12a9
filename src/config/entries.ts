import type { Json } from '../text/json.ts';
import type { Found } from './value-reader.ts';
import type { Variable } from './variable.ts';

/** One line of `config show`. */
export interface ConfigEntry {
  /** The variable, or the path in the configuration file. */
  readonly name: string;
  /** null: not set. A secret is `set`, or of a database the place without the password. */
  readonly value: Json;
  /** `environment`, a file with its line, or `default`. */
  readonly origin: string;
}

/** `postgresql://user@host:port/name`: where a database is, without password or other parameters. */
function databasePlace(url: string): string {
  const { username, host, pathname } = new URL(url);
  return `postgresql://${username === '' ? '' : `${username}@`}${host}${pathname}`;
}

/** The effective values, in the order they are read. */
export class EntryList {
  readonly #entries: ConfigEntry[] = [];

  get entries(): readonly ConfigEntry[] {
    return this.#entries;
  }

  add(variable: Variable<unknown>, found: Found<Json> | undefined, fallback: Json | undefined): void {
    this.#entries.push({
      name: variable.name,
      value: found?.value ?? fallback ?? null,
      origin: found?.origin ?? 'default',
    });
  }

  /** A value that is shown as it was written. */
  addText(variable: Variable<unknown>, found: Found<unknown> | undefined, fallback: string | null): void {
    this.#entries.push({
      name: variable.name,
      value: found?.text ?? fallback,
      origin: found?.origin ?? 'default',
    });
  }

  addSecret(variable: Variable<unknown>, found: Found<unknown> | undefined): void {
    this.#entries.push({
      name: variable.name,
      value: found === undefined ? null : 'set',
      origin: found?.origin ?? 'default',
    });
  }

  addDatabase(found: Found<string> | undefined): void {
    this.#entries.push({
      name: 'DATABASE_URL',
      value: found === undefined ? null : databasePlace(found.value),
      origin: found?.origin ?? 'default',
    });
  }

  addJobValue(path: readonly string[], value: Json, origin: string | undefined): void {
    this.#entries.push({ name: path.join('.'), value, origin: origin ?? 'default' });
  }
}
