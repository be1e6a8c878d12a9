import { findConfigFile } from '../../config/config-file.ts';
import { readLayers } from '../../config/layers.ts';
import { allVariables, secretsOfSources, variables } from '../../config/variables.ts';
import { usage } from '../../errors/usage.ts';
import type { ContainerSettings } from '../../generate/kubernetes.ts';
import { version } from '../../service/version.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { type Configuration, sourcesOf } from '../load-configuration.ts';

/** What a host has, and a container has not or has otherwise. */
const ofTheHost: ReadonlySet<string> = new Set([variables.dataDir.name, variables.listen.name]);

/**
 * The configuration that this command found, for containers: variables as they are, of secrets the names alone.
 *
 * @throws OperatorError `needs_database_url` (exit 2) for an embedded database, which is a folder of one host.
 */
export function containerSettings(
  io: Io,
  globals: GlobalOptions,
  { config, jobs, secrets }: Configuration,
  { image = `opsdeck-jobs:${version}`, namespace }: { readonly image?: string; readonly namespace?: string },
): ContainerSettings {
  if (config.database.kind === 'embedded') {
    throw usage(
      'Containers cannot share an embedded database, which is a folder of one host.',
      'Set DATABASE_URL (or DATABASE_URL_FILE) to a PostgreSQL database.',
      'needs_database_url',
    );
  }
  const sources = sourcesOf(io, globals);
  const layers = readLayers(sources, []);
  const isSet = (name: string) => layers.some((layer) => layer.find(name) !== undefined);
  const all = [
    ...allVariables(jobs),
    ...secretsOfSources(layers.flatMap(({ names }) => names)).map(({ variable }) => variable),
  ];
  return {
    image,
    namespace,
    environment: all.flatMap(({ name, secret }) => {
      const text = layers
        .find((layer) => layer.find(name) !== undefined)
        ?.find(name)
        ?.text.trim();
      return secret || text === undefined || ofTheHost.has(name)
        ? []
        : [{ name, value: secrets.scrub(text) }];
    }),
    secrets: all
      .filter(({ secret, name }) => secret && (isSet(name) || isSet(`${name}_FILE`)))
      .map(({ name }) => name),
    configFile: findConfigFile(sources, layers)?.path,
  };
}
