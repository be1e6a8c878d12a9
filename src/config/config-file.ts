import { resolve } from 'node:path';
import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { z } from 'zod';
import { asClause, issueWords } from '../errors/issue-words.ts';
import { distrustOf } from '../files/trust.ts';
import type { JobDefinition } from '../job/define-job.ts';
import { nearest } from '../text/suggest.ts';
import { configFileJsonSchema, configFileSchema, type UnknownJobs } from './file-schema.ts';
import type { Layer, SourceOptions } from './layers.ts';
import type { Problem } from './problem.ts';
import { isThere, readSource, type SourceFile } from './source-file.ts';
import { sourceVariables } from './source-variables.ts';
import { allVariables } from './variables.ts';

/** The configuration file that is used when none is named and the working folder has it. */
const defaultConfigFile = 'opsdeck-jobs.json';

/** The file that is named, which must exist, or the one in the working folder, which need not; undefined: there is none. */
export function findConfigFile(options: SourceOptions, layers: readonly Layer[]): SourceFile | undefined {
  const named =
    options.configFile ??
    layers.map((layer) => layer.find(sourceVariables.configFile)?.text.trim()).find(Boolean);
  const path = resolve(options.cwd, named ?? defaultConfigFile);
  if (named === undefined && !isThere(path)) return undefined;
  return { path, option: '--config', named: named !== undefined };
}

export interface ConfigFile {
  /** The file, checked; an empty object when it has problems. */
  readonly content: z.output<ReturnType<typeof configFileSchema>>;
  /** A value as written, and `path:line:column` of it; undefined: the file does not have it. */
  find(path: readonly string[]): { readonly value: unknown; readonly origin: string } | undefined;
}

type Path = readonly PropertyKey[];

/** 1-based line and column, as editors count them. */
function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset);
  return `${before.split('\n').length}:${offset - before.lastIndexOf('\n')}`;
}

/** `PropertyNameExpected` → `property name expected`. */
function parseErrorWords(error: ParseError): string {
  return printParseErrorCode(error.error)
    .replace(/\B[A-Z]/g, ' $&')
    .toLowerCase();
}

/** Names that the schema has at a path. */
function namesAt(jobs: readonly JobDefinition[], path: Path): string[] {
  const objectSchema = z.looseObject({ properties: z.record(z.string(), z.unknown()) });
  let schema: unknown = configFileJsonSchema(jobs);
  for (const key of path) {
    schema = objectSchema.safeParse(schema).data?.properties[String(key)];
  }
  return Object.keys(objectSchema.safeParse(schema).data?.properties ?? {});
}

/** `databaseUrl`, `database_url` and `DATABASE_URL` are what somebody may call the same variable; ours also without its prefix. */
function isCalled(variable: string, key: string): boolean {
  const letters = (text: string) => text.replaceAll('_', '').toLowerCase();
  return [variable, variable.replace(/^OPSDECK_JOBS_/, '')].some((name) => letters(name) === letters(key));
}

function unknownKeyHint(jobs: readonly JobDefinition[], path: Path, key: string): string {
  const secret = allVariables(jobs).find(({ name, secret: hidden }) => hidden && isCalled(name, key))?.name;
  if (secret !== undefined) {
    return `secrets do not belong in this file: set ${secret} or ${secret}_FILE in the environment`;
  }
  const names = namesAt(jobs, path);
  const near = nearest(key, names);
  if (near !== undefined) return `did you mean '${near}'?`;
  return names.length === 0 ? 'there is nothing to set here' : `known here: ${names.join(', ')}`;
}

function schemaProblems(
  issues: readonly z.core.$ZodIssue[],
  jobs: readonly JobDefinition[],
  where: (path: Path) => string,
  whereKey: (path: Path) => string,
): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const path: Path = issue.path;
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        name: [...path, key].join('.'),
        origin: whereKey([...path, key]),
        message: 'is not known',
        hint: unknownKeyHint(jobs, path, key),
      }));
    }
    return [{ name: path.join('.') || 'the file', origin: where(path), message: asClause(issue.message) }];
  });
}

/** Reads and checks the configuration file; what is wrong goes to `problems`, with line and column. */
export function readConfigFile(
  source: SourceFile,
  jobs: readonly JobDefinition[],
  unknownJobs: UnknownJobs | undefined,
  problems: Problem[],
): ConfigFile {
  const empty: ConfigFile = { content: {}, find: () => undefined };
  const opened = readSource(source, 'the configuration file', problems);
  if (opened === undefined) return empty;
  const { text, stats } = opened;
  const { path } = source;
  const errors: ParseError[] = [];
  const tree: Node | undefined = parseTree(text, errors, {
    disallowComments: true,
    allowTrailingComma: false,
    allowEmptyContent: false,
  });
  const [error] = errors;
  if (tree === undefined || error !== undefined) {
    problems.push({
      name: 'the configuration file',
      origin: `${path}:${lineAndColumn(text, error?.offset ?? 0)}`,
      message: `is not JSON: ${error === undefined ? 'it is empty' : parseErrorWords(error)}`,
    });
    return empty;
  }
  const nodeAt = (at: Path) =>
    findNodeAtLocation(
      tree,
      at.map((key) => (typeof key === 'number' ? key : String(key))),
    );
  const place = (node: Node | undefined) => `${path}:${lineAndColumn(text, (node ?? tree).offset)}`;
  const where = (at: Path) => place(nodeAt(at) ?? nodeAt(at.slice(0, -1)));
  const whereKey = (at: Path) => place(nodeAt(at)?.parent);
  // Whoever can write a file that names folders of code to run can run code as this user.
  const distrust = nodeAt(['jobs_dirs']) === undefined ? undefined : distrustOf(stats, 'file');
  if (distrust !== undefined) {
    const message = `is refused in this file: ${distrust}`;
    problems.push({ name: 'jobs_dirs', origin: where(['jobs_dirs']), message });
  }
  const checked = configFileSchema(jobs, unknownJobs).safeParse(getNodeValue(tree), { error: issueWords });
  if (!checked.success) {
    problems.push(...schemaProblems(checked.error.issues, jobs, where, whereKey));
    return empty;
  }
  return {
    content: checked.data,
    find: (at) => {
      const node = nodeAt(at);
      return node === undefined ? undefined : { value: getNodeValue(node), origin: where(at) };
    },
  };
}
