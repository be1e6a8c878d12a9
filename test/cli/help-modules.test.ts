import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The program's files and packages that are loaded before any action runs, as the build sees them. */
async function loadedAtStart(): Promise<{ readonly files: readonly string[]; readonly packages: string[] }> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['bin/main.ts'],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  const files = new Set(['bin/main.ts']);
  const packages = new Set<string>();
  for (const file of files) {
    for (const { kind, external, path } of metafile.inputs[file]?.imports ?? []) {
      if (kind !== 'import-statement') continue;
      if (external === true) packages.add(path);
      else files.add(path);
    }
  }
  return { files: [...files].sort(), packages: [...packages].sort() };
}

it('help loads the declarations of commands, the words that they use and what prints them', async () => {
  const { files, packages } = await loadedAtStart();
  const declaration = /^(?:jobs\/[^/]+|src\/cli)\/commands\/(?!.*\.action\.)[^/]+\.ts$/;
  expect(files.filter((file) => !declaration.test(file))).toEqual([
    'bin/command-line.ts',
    'bin/main.ts',
    'jobs/commands.ts',
    'jobs/uar/examples/systems.ts',
    'jobs/uar/finding-words.ts',
    'src/cli/command-error.ts',
    'src/cli/errors.ts',
    'src/cli/help-screens.ts',
    'src/cli/io-from-process.ts',
    'src/cli/output/report-formats.ts',
    'src/cli/program.ts',
    'src/cli/render/json.ts',
    'src/cli/render/line.ts',
    'src/cli/run-command-line.ts',
    'src/cli/run-process.ts',
    'src/cli/runs/print-fault.ts',
    'src/cli/served-commands.ts',
    'src/cli/wants-stack.ts',
    'src/config/secrets.ts',
    'src/errors/exit-code.ts',
    'src/errors/limit-error.ts',
    'src/errors/operator-error.ts',
    'src/errors/process-limits.ts',
    'src/errors/usage.ts',
    'src/generate/shells.ts',
    'src/grants/role-words.ts',
    'src/job/fail-on-levels.ts',
    'src/job/severity.ts',
    'src/log/level.ts',
    'src/notify/channels/discord/channel.ts',
    'src/notify/channels/email/channel.ts',
    'src/notify/channels/index.ts',
    'src/notify/channels/lookup.ts',
    'src/notify/channels/slack/channel.ts',
    'src/notify/channels/teams/channel.ts',
    'src/notify/channels/webhook/channel.ts',
    'src/service/stop-signal.ts',
    'src/service/version.ts',
    'src/text/plain-text.ts',
    'src/text/safe-json.ts',
  ]);
  expect(packages).toEqual([
    '@commander-js/extra-typings',
    'node:fs',
    'node:os',
    'node:process',
    'node:util',
  ]);
});
