import { findConfigFile } from '../../config/config-file.ts';
import { readLayers } from '../../config/layers.ts';
import { type LoadedConfig, readConfig } from '../../config/load.ts';
import { misspellingWords } from '../../config/misspelt.ts';
import { type Problem, problemWords } from '../../config/problem.ts';
import { parseConnectionUrl } from '../../db/postgres/connection-url.ts';
import { localHost } from '../../db/postgres/local-host.ts';
import { readPassFile } from '../../db/postgres/pass-file.ts';
import { tlsAttempts } from '../../db/postgres/tls.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import { asClause } from '../../errors/issue-words.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import { count } from '../../text/count.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadJobs, sourcesOf } from '../load-configuration.ts';
import { writeJson } from '../render/json.ts';
import { writeLine } from '../render/line.ts';

export interface ConfigCheckOptions {
  readonly json?: boolean;
}

/** Reads all that the configuration consists of, and lists everything that is wrong. Opens no database and no connection. */
export async function configCheck(
  io: Io,
  globals: GlobalOptions,
  file: string | undefined,
  { json }: ConfigCheckOptions,
): Promise<ExitCode> {
  const named = file === undefined ? globals : { ...globals, config: file };
  const { jobs, brokenJobs, unusable } = await loadJobs(io, named);
  const sources = sourcesOf(io, named);
  const found: Problem[] = [];
  const unknownJobs = unusable || brokenJobs.length > 0 ? 'ignore' : 'refuse';
  const loaded = readConfig({ ...sources, jobs, unknownJobs }, found);
  found.push(...databaseFileProblems(loaded));
  for (const { file: origin, reason } of brokenJobs) {
    found.push({
      name: 'jobs_dirs',
      origin,
      message: `was not loaded: ${reason}`,
    });
  }
  const problems = found.map((problem) => ({ ...problem, message: loaded.secrets.scrub(problem.message) }));
  const warnings = loaded.misspellings.map(misspellingWords);
  const layers = readLayers(sources, []);
  const configFile = findConfigFile(sources, layers)?.path;
  const checked = [...layers.map(({ source }) => source), ...(configFile === undefined ? [] : [configFile])];

  if (json === true) writeJson(io, { checked, jobs: jobs.length, problems, warnings });
  else print(io, checked, jobs.length, problems, warnings);
  return problems.length === 0 ? ExitCode.ok : ExitCode.usage;
}

function print(
  { stdout }: Io,
  checked: readonly string[],
  jobs: number,
  problems: readonly Problem[],
  warnings: readonly string[],
): void {
  writeLine(stdout, `Checked: ${checked.join(', ')}; ${count(jobs, 'job')}.`);
  writeLine(stdout, `Found: ${count(problems.length, 'problem')}, ${count(warnings.length, 'warning')}.`);
  for (const problem of problems) writeLine(stdout, `  - ${problemWords(problem)}`);
  for (const warning of warnings) writeLine(stdout, `  - Warning: ${warning}`);
}

/** The files of certificates, keys and passwords that a URL names are read when a connection is made, which is too late here. */
function databaseFileProblems({ config, entries }: LoadedConfig): readonly Problem[] {
  const urls = [
    ...(config.database.kind === 'postgres' ? [['DATABASE_URL', config.database.url] as const] : []),
    ...Object.entries(config.jobs).flatMap(([name, { databaseUrl }]) =>
      databaseUrl === undefined ? [] : [[`jobs.${name}.database_url`, databaseUrl] as const],
    ),
  ];
  return urls.flatMap(([name, url]) => {
    const target = parseConnectionUrl(url);
    const host = target.host ?? localHost(target.port);
    try {
      tlsAttempts({ ...target, host });
      const { port, database = '', user = '' } = target;
      if (target.password === undefined) readPassFile(target.passFile, { host, port, database, user });
      return [];
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      return [
        {
          name,
          origin: entries.find((entry) => entry.name === name)?.origin ?? 'environment',
          message: asClause(error.message),
          hint: asClause(error.next),
        },
      ];
    }
  });
}
