import { join, resolve } from 'node:path';
import { findConfigFile } from '../../config/config-file.ts';
import { readLayers } from '../../config/layers.ts';
import { allVariables, secretsOfSources, variables } from '../../config/variables.ts';
import type { Installation } from '../../generate/installation.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { type Configuration, sourcesOf } from '../load-configuration.ts';

/** Where npm puts the program. */
const usualProgram = ['/usr/bin/opsdeck-jobs'];

/**
 * How to start this program with the configuration that it has now. A value of a secret is never part of it.
 *
 * @param secretsFolder where the files of secrets belong that only the environment has
 */
export function installationOf(
  io: Io,
  globals: GlobalOptions,
  { config, jobs, secrets }: Configuration,
  secretsFolder: string,
): Installation {
  const sources = sourcesOf(io, globals);
  const layers = readLayers(sources, []);
  const configFile = findConfigFile(sources, layers)?.path;
  const envFile = layers.find(({ isFile }) => isFile)?.source;
  const environment = layers.filter(({ isFile }) => !isFile);
  const dataDir = config.database.kind === 'embedded' ? resolve(io.cwd, config.database.dataDir) : null;
  const all = [
    ...allVariables(jobs),
    ...secretsOfSources(layers.flatMap(({ names }) => names)).map(({ variable }) => variable),
  ];
  const open = all.filter(({ secret, name }) => !secret && name !== variables.dataDir.name);
  return {
    command: [
      ...(io.program ?? usualProgram),
      ...(configFile === undefined ? [] : ['--config', configFile]),
      ...(envFile === undefined ? [] : ['--env-file', envFile]),
    ],
    environment: [
      ...(dataDir === null ? [] : [{ name: variables.dataDir.name, value: dataDir }]),
      ...environment.flatMap((layer) =>
        open.flatMap(({ name }) => {
          const text = layer.find(name)?.text.trim();
          return text === undefined ? [] : [{ name, value: secrets.scrub(text) }];
        }),
      ),
    ],
    credentials: all
      .filter(({ secret }) => secret)
      .flatMap(({ name }): Installation['credentials'] => {
        const layer = layers.find((one) => (one.find(name) ?? one.find(`${name}_FILE`)) !== undefined);
        const pointer = layer?.find(`${name}_FILE`)?.text.trim();
        if (layer === undefined) return [];
        if (pointer !== undefined) return [{ name, file: resolve(layer.folder, pointer), isNew: false }];
        // The program reads the value from the .env file itself.
        return layer.isFile ? [] : [{ name, file: join(secretsFolder, name), isNew: true }];
      }),
    dataDir,
  };
}
