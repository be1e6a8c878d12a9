import { dirname, resolve } from 'node:path';
import { parseEnvFile } from './env-file.ts';
import type { Problem } from './problem.ts';
import { isThere, readSource, type SourceFile } from './source-file.ts';
import { sourceVariables } from './source-variables.ts';

/** A set of variables with one origin: the environment, or a `.env` file. */
export interface Layer {
  /** `environment`, or the path of the file. */
  readonly source: string;
  readonly names: readonly string[];
  /** A `.env` file: each of its names was written by somebody who meant it. */
  readonly isFile: boolean;
  /** undefined: not set, or set to nothing. */
  find(name: string): { readonly text: string; readonly origin: string } | undefined;
  /** Where relative paths of `…_FILE` begin. */
  readonly folder: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a configuration may come from. */
export interface SourceOptions {
  readonly env: Environment;
  readonly cwd: string;
  /** `--env-file`. */
  readonly envFile?: string | undefined;
  /** `--config`. */
  readonly configFile?: string | undefined;
}

function environmentLayer(env: Environment, cwd: string): Layer {
  return {
    source: 'environment',
    names: Object.keys(env),
    isFile: false,
    find: (name) => {
      const text = env[name];
      return text === undefined || text.trim() === '' ? undefined : { text, origin: 'environment' };
    },
    folder: cwd,
  };
}

function envFileLayer(source: SourceFile, env: Environment, problems: Problem[]): Layer | undefined {
  const opened = readSource(source, 'the .env file', problems);
  if (opened === undefined) return undefined;
  const { path } = source;
  const { entries, badLines } = parseEnvFile(opened.text, env);
  for (const line of badLines) {
    problems.push({
      name: `line ${line}`,
      origin: path,
      message: 'is not NAME=value',
      hint: 'close every quote, and begin comments with #',
    });
  }
  return {
    source: path,
    names: [...entries.keys()],
    isFile: true,
    find: (name) => {
      const entry = entries.get(name);
      if (entry === undefined || entry.value.trim() === '') return undefined;
      return { text: entry.value, origin: `${path}:${entry.line}` };
    },
    folder: dirname(path),
  };
}

/**
 * The environment, then the `.env` file: the one that is named, which must exist, or `.env` in the working folder, which
 * need not.
 */
export function readLayers({ env, cwd, envFile }: SourceOptions, problems: Problem[]): readonly Layer[] {
  const environment = environmentLayer(env, cwd);
  const named = envFile ?? environment.find(sourceVariables.envFile)?.text;
  const path = resolve(cwd, named ?? '.env');
  if (named === undefined && !isThere(path)) return [environment];
  const file = envFileLayer({ path, option: '--env-file', named: named !== undefined }, env, problems);
  return file === undefined ? [environment] : [environment, file];
}
