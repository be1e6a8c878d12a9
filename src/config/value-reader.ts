import { resolve } from 'node:path';
import type { ConfigFile } from './config-file.ts';
import type { Layer } from './layers.ts';
import type { Problem } from './problem.ts';
import { readText } from './read-text.ts';
import type { Variable } from './variable.ts';

/** A value with where it came from. */
export interface Found<T> {
  readonly value: T;
  readonly text: string;
  readonly origin: string;
  /** Relative paths then begin at the folder of that file. */
  readonly fromConfigFile: boolean;
}

interface RawValue {
  readonly text: string;
  readonly origin: string;
  readonly fromConfigFile?: boolean;
}

/** Finds the value of a variable by precedence, checks it, and keeps what is wrong. */
export class ValueReader {
  readonly #layers: readonly Layer[];
  readonly #file: ConfigFile;
  readonly #problems: Problem[];

  constructor(layers: readonly Layer[], file: ConfigFile, problems: Problem[]) {
    this.#layers = layers;
    this.#file = file;
    this.#problems = problems;
  }

  /** undefined: not set anywhere, or wrong, which is then among the problems. */
  read<T>(variable: Variable<T>): Found<T> | undefined {
    const raw = this.#raw(variable);
    if (raw === undefined) return undefined;
    const checked = variable.schema.safeParse(raw.text);
    if (checked.success) {
      return { value: checked.data, fromConfigFile: false, ...raw };
    }
    const message = checked.error.issues.map((issue) => issue.message).join(', ');
    this.#problems.push({
      name: variable.name,
      origin: raw.origin,
      message: variable.secret ? `the value ${message}` : `'${raw.text}' ${message}`,
    });
    return undefined;
  }

  #raw(variable: Variable<unknown>): RawValue | undefined {
    for (const layer of this.#layers) {
      const plain = layer.find(variable.name);
      const fromFile = variable.secret ? this.#fromSecretFile(variable.name, layer, plain) : undefined;
      const found = plain ?? fromFile;
      if (found !== undefined) return { ...found, text: variable.secret ? found.text : found.text.trim() };
    }
    const written = variable.path === undefined ? undefined : this.#file.find(variable.path);
    return written === undefined
      ? undefined
      : { text: String(written.value), origin: written.origin, fromConfigFile: true };
  }

  #fromSecretFile(name: string, layer: Layer, plain: RawValue | undefined): RawValue | undefined {
    const pointer = layer.find(`${name}_FILE`);
    if (pointer === undefined) return undefined;
    const origin = `${pointer.origin}, ${name}_FILE`;
    if (plain !== undefined) {
      this.#problems.push({
        name,
        origin: pointer.origin,
        message: `both ${name} and ${name}_FILE are set`,
        hint: 'keep one of them',
      });
      return undefined;
    }
    const path = resolve(layer.folder, pointer.text.trim());
    const text = readText(path, `${name}_FILE`, this.#problems)?.replace(/\r?\n$/, '');
    if (text === '') {
      this.#problems.push({ name: `${name}_FILE`, origin: path, message: 'the file is empty' });
    }
    return text === undefined || text === '' ? undefined : { text, origin };
  }
}
