import { InvalidConnectionUrl } from '../db/postgres/connection-url.ts';
import { withSurroundings } from '../db/postgres/surroundings.ts';
import type { Config } from './config.ts';
import type { Layer } from './layers.ts';
import type { Problem } from './problem.ts';

/** Gives a database's URL what libpq's variables say of it; where they contradict it, that goes to `problems`. */
export function completion(layers: readonly Layer[], problems: Problem[]) {
  const find = (name: string) => layers.flatMap((layer) => layer.find(name)?.text ?? [])[0];
  return (name: string, origin: string, url: string): string => {
    try {
      return withSurroundings(url, find);
    } catch (error) {
      if (!(error instanceof InvalidConnectionUrl)) throw error;
      problems.push({ name, origin, message: error.clause, hint: error.hint });
      return url;
    }
  };
}

/** The jobs with what `map` makes of the database's URL of each that has its own. */
export function mapDatabaseUrls(
  jobs: Config['jobs'],
  map: (job: string, url: string) => string,
): Config['jobs'] {
  return Object.fromEntries(
    Object.entries(jobs).map(([name, job]) => [
      name,
      job.databaseUrl === undefined ? job : { ...job, databaseUrl: map(name, job.databaseUrl) },
    ]),
  );
}
