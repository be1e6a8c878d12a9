/*
 * Builds what is shipped: dist/opsdeck-jobs.js with one chunk for each command's work, loaded when it runs, so that
 * `--help` stays quick; one file for each thread, which is every source called `…-worker.ts`; dist/index.js, what the files of
 * a user's own jobs import, on the same chunks as the program; dist/types, its declarations; the files of new embedded
 * databases; and the licences of what is bundled.
 * PGlite stays a dependency: its WebAssembly and data files are read from its own folder.
 *
 * `npm ci` builds here by `preprepare`. Not by `prepare`: the packed package would have it as well, and npm 11 warns whoever
 * installs that.
 */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDatabases } from './build-databases.mjs';
import { buildTypes } from './build-types.mjs';

const { build } = await import('esbuild').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write(
    "opsdeck-jobs is built with its development packages: run 'npm ci' without --omit=dev.\n",
  );
  process.exit(1);
});

const root = dirname(fileURLToPath(import.meta.url));
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/** zod brings its messages in fifty languages; the program has one. */
const onlyEnglish = {
  name: 'only-english',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

async function threads() {
  const files = await readdir(join(root, 'src'), { recursive: true });
  return files
    .filter((file) => file.endsWith('-worker.ts'))
    .map((file) => [basename(file, '.ts'), `src/${file}`]);
}

async function bundle() {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: {
      'opsdeck-jobs': 'bin/main.ts',
      ...Object.fromEntries(await threads()),
      index: 'src/index.ts',
    },
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    plugins: [onlyEnglish],
    splitting: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    // Packages' ES modules first: their CommonJS builds hide what is not used.
    mainFields: ['module', 'main'],
    external: ['@electric-sql/pglite', 'pg-native', 'elastic-apm-node'],
    loader: { '.wasm': 'binary' },
    // Names stay as they are, for stack traces. esbuild's keepNames would give each function its name whenever it is made, which
    // makes a closure in a loop of a parser or a server several times as dear.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    define: { OPSDECK_JOBS_VERSION: JSON.stringify(version) },
    banner: {
      js: [
        "import { createRequire as opsdeckCreateRequire } from 'node:module';",
        'const require = opsdeckCreateRequire(import.meta.url);',
      ].join('\n'),
    },
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
}

/** The folders of the packages that ended up in the bundle. */
function bundledPackages(metafile) {
  const folders = new Set();
  for (const [input] of Object.entries(metafile.inputs)) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match !== null) folders.add(match[1]);
  }
  return [...folders].sort();
}

/** Packages whose licence wants its text to go with them, and that bring none: the same text from another package. */
const missingTexts = { 'Apache-2.0': 'node_modules/typescript/LICENSE' };

async function licenceText(folder, licence) {
  const files = await readdir(folder);
  const found = files.filter((name) => /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i.test(name)).sort();
  const paths = found.map((name) => join(folder, name));
  if (paths.length === 0 && licence in missingTexts) paths.push(join(root, missingTexts[licence]));
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  return texts.map((text) => text.trim()).join('\n\n');
}

async function writeLicences(metafile) {
  const sections = [];
  for (const folder of bundledPackages(metafile)) {
    const manifest = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
    const text = await licenceText(join(root, folder), manifest.license);
    if (!manifest.license && text === '') throw new Error(`${folder} has no licence`);
    sections.push(
      [`${manifest.name} ${manifest.version}`, `Licence: ${manifest.license ?? 'see below'}`, '', text]
        .join('\n')
        .trim(),
    );
  }
  const line = '-'.repeat(78);
  const head = 'opsdeck-jobs contains the packages below; each is under its own licence.';
  await writeFile(
    join(root, 'dist/THIRD-PARTY-LICENSES.txt'),
    `${[head, ...sections].join(`\n\n${line}\n\n`)}\n`,
  );
}

await rm(join(root, 'dist'), { recursive: true, force: true });
await writeLicences(await bundle());
await Promise.all([buildTypes(root), buildDatabases(root, join(root, 'dist'))]);
